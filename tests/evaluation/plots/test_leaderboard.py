from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from caselab.evaluation.metrics.classification import METRICS
from caselab.evaluation.plots import style
from caselab.evaluation.plots.leaderboard import leaderboard
from tests.evaluation.plots.test_plots import outside

METRIC = METRICS["roc_auc"]


def score(value, half=0.02):
    known = value is not None and half is not None
    return {
        "value": value,
        "low": value - half if known else None,
        "high": value + half if known else None,
    }


def board(*values, published=(0.842, 0.85), **more):
    return {
        "rows": [
            {
                "pipeline": f"toy-{number}",
                "architecture": "mlp",
                "validation": score(value),
                "test": score(value),
                "metrics": {"roc_auc": value},
            }
            for number, value in enumerate(values)
        ],
        "published": [
            {"figure": "roc_auc", "value": published, "source": "Someone (1999)", "note": ""}
        ],
        **more,
    }


def draw(content, metric=METRIC):
    with style.house():
        plot = leaderboard(content, "Toy", metric)
        assert outside(plot.figure) == []
    return plot


def texts(plot):
    return [text.get_text() for text in plot.figure.axes[0].texts]


def test_the_best_stands_on_top_with_both_scores_beside_it():
    plot = draw(board(0.85, 0.84, 0.83))
    labels = [label.get_text() for label in plot.figure.axes[0].get_yticklabels()]
    assert labels == ["toy-2", "toy-1", "toy-0"]
    assert texts(plot).count("0.850") == 2


def test_a_baseline_far_below_does_not_press_the_others_together():
    low, high = draw(board(0.85, 0.84, 0.5)).figure.axes[0].get_xlim()
    assert low > 0.75
    assert high < 0.9


def below(plot):
    return [text for text in plot.figure.texts if text.get_text().startswith(("published", "rep"))]


def test_the_published_figure_and_its_source_are_shown():
    plot = draw(board(0.85, published=0.9))
    assert below(plot)[0].get_text() == "published 0.900: Someone (1999)"
    assert "0.900" in texts(plot)
    assert plot.figure.axes[0].get_xlim()[1] > 0.9


def test_what_nobody_published_is_not_called_so():
    content = board(0.85)
    content["published"][0]["told"] = "reported"
    assert below(draw(content))[0].get_text().startswith("reported 0.842-0.850: ")


def test_a_figure_far_from_all_scores_does_not_stretch_the_axis():
    plot = draw(board(0.3, 0.29, published=0.99))
    assert plot.figure.axes[0].get_xlim()[1] < 0.5
    assert "(beyond the axis)" in below(plot)[0].get_text()


def test_rivals_far_behind_the_best_stand_on_the_axis():
    low, high = draw(board(0.95, 0.6, 0.59, 0.58)).figure.axes[0].get_xlim()
    assert low < 0.58
    assert high > 0.95


def test_rivals_that_differ_by_much_keep_their_places():
    low, _ = draw(board(0.74, 0.65, 0.56, 0.29, 0.23, 0.07)).figure.axes[0].get_xlim()
    assert low < 0.07


def test_sources_stand_below_the_axis_and_never_overlap():
    content = board(0.85, 0.8)
    long = "Somebody, Somebody Else and Others (1999), with words learned on a hundred billion more"
    content["published"] = [
        {"figure": "roc_auc", "value": value, "source": long, "note": ""}
        for value in (0.79, 0.855, 0.86)
    ]
    plot = draw(content)
    renderer = FigureCanvasAgg(plot.figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in below(plot)]
    boxes.append(plot.figure.axes[0].xaxis.label.get_window_extent(renderer))
    assert len(boxes) == 4
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("content", [board(0.8), board(0.8, None), board(None), board(0.8, 0.8)])
def test_few_and_undefined_scores_are_drawn(content):
    draw(content)


def test_scores_without_intervals_are_drawn():
    content = board(0.8, 0.82)
    for row in content["rows"]:
        row["validation"] = score(0.8, None)
    draw(content)


def test_of_a_loss_the_lowest_is_best():
    plot = draw(board(0.40, 0.42, 0.9, published=0.41), METRICS["log_loss"])
    assert plot.figure.axes[0].get_xlim()[1] < 0.7


def test_the_table_has_one_line_a_pipeline_with_every_metric():
    table = draw(board(0.85, 0.84)).data
    assert table["rank"].tolist() == [1, 2]
    assert table["validation_low"].tolist() == pytest.approx([0.83, 0.82])
    assert table["test_roc_auc"].tolist() == [0.85, 0.84]
