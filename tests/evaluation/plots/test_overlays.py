import pandas as pd
import pytest

from caselab.evaluation.metrics.classification import METRICS
from caselab.evaluation.plots import overlays, style
from caselab.evaluation.plots.overlays import OVERLAYS, overlay

ROWS = [
    {"pipeline": f"toy-{architecture}", "architecture": architecture}
    for architecture in ("mlp", "svm", "baseline")
]
TOLD = {"case": "toy", "title": "Toys", "metric": METRICS["roc_auc"], "baseline": "baseline"}


def table(name, pipelines=("toy-svm", "toy-mlp", "toy-baseline"), **more):
    drawn = OVERLAYS[name]
    points = {drawn.x: [0.1, 0.5, 1.0], drawn.y: [0.2, 0.6, 1.0], **more}
    return pd.concat([pd.DataFrame({"pipeline": each, **points}) for each in pipelines])


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_pipeline_has_a_line_by_its_name_in_the_leaderboards_order(name, tmp_path):
    with style.house():
        plot = overlay(name, table(name), ROWS, **TOLD)
        style.write_png(plot.figure, tmp_path / "one.png")
        again = overlay(name, table(name), ROWS, **TOLD)
        style.write_png(again.figure, tmp_path / "two.png")
    (axes,) = plot.figure.axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["mlp", "svm", "baseline"]
    assert axes.get_ylabel()
    assert plot.data["pipeline"].unique().tolist() == [row["pipeline"] for row in ROWS]
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_a_pipeline_keeps_its_colour_where_a_better_one_has_no_line():
    def color_of_svm(pipelines):
        (axes,) = overlay("epochs", table("epochs", pipelines), ROWS, **TOLD).figure.axes
        return {line.get_label(): line.get_color() for line in axes.get_lines()}["svm"]

    assert color_of_svm(["toy-svm"]) == color_of_svm(["toy-mlp", "toy-svm"])


def test_of_several_classes_the_mean_is_drawn():
    rates = pd.concat(
        [
            table("roc", ["toy-mlp"], true_positive_rate=[0.0, y, 1.0], **{"class": name})
            for name, y in (("a", 0.2), ("b", 0.6))
        ]
    )
    plot = overlay("roc", rates, ROWS, **TOLD)
    assert plot.data["true_positive_rate"].tolist() == [0.0, pytest.approx(0.4), 1.0]


def test_more_pipelines_than_colours_are_told_apart():
    rows = [{"pipeline": f"toy-{n}", "architecture": "svm"} for n in range(20)]
    looks = overlays.looks(rows, "baseline").values()
    assert len({(look["color"], look["linestyle"]) for look in looks}) == 20


def test_what_has_no_line_is_no_picture():
    nothing = table("roc").assign(true_positive_rate=float("nan"))
    assert overlay("roc", nothing, ROWS, **TOLD) is None
    assert overlay("roc", table("cost"), ROWS, **TOLD) is None
