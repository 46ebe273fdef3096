from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from caselab import architectures, cases
from caselab.evaluation.intervals import intervals
from caselab.evaluation.plots import maps, segments, style
from caselab.evaluation.report import Report
from caselab.params import PipelineBlock
from caselab.problems.clustering import problem as clustering


def rows(n, seed):
    random = np.random.default_rng(seed)
    kind = random.integers(0, 3, n)
    recency = np.array([10, 300, 20])[kind] + random.uniform(0, 9, n)
    frequency = np.array([20, 1, 1])[kind] + random.integers(0, 3, n)
    monetary = np.array([5000, 100, 90])[kind] * random.uniform(0.8, 1.2, n)
    return pd.DataFrame({"recency": recency, "frequency": frequency, "monetary": monetary})


def report(architecture, **settings):
    block = PipelineBlock(
        case="segments", view="segments-table", architecture=architecture, model=settings
    )
    train, test = rows(150, 0), rows(60, 1)
    pipeline = architectures.build(block, "table", "clustering", 0, 1).fit(train, None)
    answers, case = clustering.answer(pipeline, test), cases.load("segments")
    units = np.arange(len(test))
    return Report(
        pipeline=f"segments-{architecture}",
        case=case,
        metrics=clustering.metrics,
        ids=pd.Series(units.astype(str)),
        y=None,
        answers=answers,
        decided=clustering.decide(answers, case, {}),
        decision={},
        settings={},
        scores=clustering.score(None, answers, case),
        intervals=intervals(
            clustering.metrics, None, answers, {}, case, units=units, seed=0, n_resamples=50
        ),
        units=units,
        seed=0,
        estimator=pipeline,
        answer=clustering.answer,
        X=test,
        background=train,
    )


@pytest.fixture(scope="module")
def kmeans():
    return report("kmeans", most=5, gap_references=2)


@pytest.fixture(scope="module")
def alike():
    return report("baseline")


def test_the_table_of_segments_tells_name_strategy_sizes_and_medians(kmeans):
    table = segments.segments(kmeans).data
    assert {"champions", "hibernating"} < {*table["segment"]}
    assert table["share"].sum() == pytest.approx(1)
    assert table["test_rows"].sum() == 60
    champions = table.set_index("segment").loc["champions"]
    assert champions["median_monetary"] > 4000
    assert champions["strategy"].startswith("reward and keep")


@pytest.mark.parametrize(
    "plot",
    [
        segments.segments,
        segments.silhouettes,
        segments.k_selection,
        segments.stability,
        maps.pca,
        maps.tsne,
    ],
)
def test_pictures_come_out_the_same_twice(kmeans, plot, tmp_path):
    for name in ("a", "b"):
        with style.house():
            style.write_png(plot(kmeans).figure, tmp_path / f"{name}.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_the_choice_is_drawn_with_both_measures(kmeans):
    table = segments.k_selection(kmeans).data
    assert table["clusters"].tolist() == [2, 3, 4, 5]
    assert {"silhouette", "gap", "gap_error"} <= {*table}
    radii = segments.k_selection(report("dbscan")).data
    assert {"radius", "silhouette", "clusters", "noise"} <= {*radii}


def test_clear_segments_are_drawn_as_stable(kmeans):
    table = segments.stability(kmeans).data
    assert (table["jaccard"] > 0.9).all()


def test_one_cluster_has_a_profile_and_nothing_else_to_draw(alike):
    assert segments.segments(alike).data["segment"].tolist() == ["everyone"]
    for plot in (segments.silhouettes, segments.k_selection, segments.stability, maps.pca):
        assert plot(alike) is None


def test_only_the_maps_that_the_case_asks_for_are_drawn(kmeans):
    asked = replace(kmeans, settings={"maps": ["pca"]})
    assert maps.pca(asked) is not None
    assert maps.tsne(asked) is None
    assert maps.umap(asked) is None


def test_a_name_has_one_colour_whatever_number_its_cluster_has(kmeans, monkeypatch):
    def named(*names):
        told = pd.DataFrame({"segment": [*names, "unlike any"]}, index=[*range(len(names)), -1])
        monkeypatch.setattr(segments.naming, "describe", lambda _: told)
        return segments.colors(kmeans)

    one = named("champions", "hibernating, low tenure", "hibernating, high tenure")
    other = named("hibernating", "champions")
    assert one[0] == other[1]
    assert one[1] == other[0]
    assert len(set(one.values())) == 4
