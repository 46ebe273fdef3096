import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from caselab.evaluation import plots
from caselab.evaluation.explanation import Contributions, Importance
from caselab.evaluation.intervals import intervals
from caselab.evaluation.plots import style
from caselab.evaluation.report import Report
from caselab.problems.classification import problem as classification

LONG = "a_column_whose_name_is_longer_than_any_margin_should_have_to_hold"


def report(y, answers, case, costs=None, importance=None, contributions=None, **known):
    settings = {"costs": costs} if costs else {}
    decision = classification.decision(y, answers, case, settings)
    rows = np.arange(len(y))
    made = Report(
        pipeline="a-pipeline-with-a-long-name-random-forest",
        case=case,
        metrics=classification.metrics,
        ids=pd.Series(rows.astype(str)),
        y=y,
        answers=answers,
        decided=classification.decide(answers, case, decision),
        decision=decision,
        settings=settings,
        scores=classification.score(y, answers, case, decision),
        intervals=intervals(
            classification.metrics, y, answers, decision, case, units=rows, seed=0, n_resamples=50
        ),
        units=rows,
        seed=0,
        **known,
    )
    vars(made).update(importance=importance, contributions=contributions)  # as if explained
    return made


def explained(n, outputs):
    random = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "months": random.integers(0, 60, n).astype(float),
            "plan": random.choice(["free", "basic", "a plan with a long name"], n),
            LONG: random.normal(size=n),
            "empty": np.full(n, np.nan),
        }
    )
    added = random.normal(size=(n, 4, len(outputs))) * [[[2.0], [1], [0.5], [0]]]
    table = pd.DataFrame(
        {"column": X.columns, "importance": [0.2, 0.1, 0, -0.01], "low": -0.02, "high": 0.3}
    )
    return {
        "contributions": Contributions(
            added, np.zeros(len(outputs)), outputs, "log-odds", X, np.arange(n)
        ),
        "importance": Importance(table, rows=n, repeats=5),
        "learning_curve": pd.DataFrame(
            {
                "fold": [0, 0, 1, 1],
                "rows": [100, 300, 101, 301],
                "train": [0.9, 0.88, 0.92, 0.9],
                "validation": [0.7, 0.8, 0.72, 0.82],
            }
        ),
        "history": pd.DataFrame(
            {
                "fold": ["0", "0", "0", "all", "all"],
                "epoch": [1, 2, 3, 1, 2],
                "train_loss": [0.9, 0.7, 0.6, 0.8, 0.6],
                "validation_loss": [0.9, 0.8, 0.8, 0.8, 0.7],
                "validation_accuracy": [0.5, 0.6, 0.7, 0.6, 0.7],
                "learning_rate": [0.1, 0.1, 0.1, 0.1, 0.1],
            }
        ),
    }


@pytest.fixture
def of_two(binary, case):
    known = explained(50, ("No", "Yes"))
    return report(*binary, case, {"false_positive": 1, "false_negative": 4}, **known)


@pytest.fixture
def of_four(multiclass, many):
    return report(*multiclass, many, **explained(50, tuple("abcd")))


def draw(name, of):
    with style.house():
        return plots.load(name)(of)


def outside(figure):
    """Return the texts that stick out of the picture."""
    figure.draw_without_rendering()
    texts = [*figure.texts]
    for axes in figure.axes:
        texts += [axes.xaxis.label, axes.yaxis.label, *axes.texts]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            texts += [t.label1 for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
    boxes = {text: text.get_window_extent() for text in texts if text.get_text().strip()}
    picture = figure.bbox.padded(1)
    corners = {text: ((box.x0, box.y0), (box.x1, box.y1)) for text, box in boxes.items()}
    return [
        text.get_text()
        for text, ends in corners.items()
        if text.get_visible() and not all(picture.contains(*end) for end in ends)
    ]


@pytest.mark.parametrize("name", classification.plots)
def test_two_classes_are_drawn_inside_the_picture(name, of_two):
    plot = draw(name, of_two)
    assert outside(plot.figure) == []
    assert len(plot.data) > 1


@pytest.mark.parametrize("name", classification.plots)
def test_four_classes_are_drawn_inside_the_picture(name, of_four):
    plot = draw(name, of_four)
    assert (plot is None) == (name in {"thresholds.cost", "thresholds.threshold"})
    assert plot is None or outside(plot.figure) == []


@pytest.mark.parametrize(
    ("labels", "yes"),
    [
        (["No", "Yes"] * 5, [0.3] * 10),
        (["No", "Yes"] * 5, [0.0, 1.0] * 5),
        (["No", "Yes"] * 5, [1.0, 0.0] * 5),
        (["No"] * 10, np.linspace(0, 1, 10)),
        (["Yes"] * 10, np.linspace(0, 1, 10)),
        (["Yes"], [0.5]),
    ],
    ids=["constant", "perfect", "all wrong", "only negative", "only positive", "one row"],
)
def test_odd_answers_are_drawn_without_complaint(labels, yes, case, recwarn):
    yes = np.array(yes)
    odd = report(pd.Series(labels), pd.DataFrame({"No": 1 - yes, "Yes": yes}), case)
    for name in classification.plots:
        if plot := draw(name, odd):
            plot.figure.draw_without_rendering()
    assert [str(warning.message) for warning in recwarn] == []


def test_the_roc_curve_encloses_the_roc_auc(of_two):
    data = draw("curves.roc", of_two).data
    area = np.trapezoid(data["true_positive_rate"], data["false_positive_rate"])
    assert area == pytest.approx(of_two.scores["roc_auc"], abs=0.003)
    assert (data["low"] <= data["true_positive_rate"] + 1e-9).mean() > 0.95
    assert data["true_positive_rate"].is_monotonic_increasing


def test_the_roc_curve_is_sklearns(of_two):
    data = draw("curves.roc", of_two).data
    x, y, _ = sk.roc_curve(of_two.y == "Yes", of_two.answers["Yes"])
    at = data["false_positive_rate"]
    assert data["true_positive_rate"].to_numpy() == pytest.approx(np.interp(at, x, y))


def test_the_precision_recall_curve_is_sklearns(of_two):
    data = draw("curves.precision_recall", of_two).data
    precision, recall, _ = sk.precision_recall_curve(of_two.y == "Yes", of_two.answers["Yes"])
    for line in data.iloc[::20].itertuples():
        # precision of the highest threshold that reaches this recall; sklearn goes down
        expected = precision[:-1][recall[:-1] >= line.recall - 1e-12][-1]
        assert line.precision == pytest.approx(expected)


def test_the_cost_at_the_chosen_threshold_is_that_of_the_decisions(of_two):
    data = draw("thresholds.cost", of_two).data.set_index("threshold")
    truth, score = of_two.y == "Yes", of_two.answers["Yes"]
    for threshold in (0.0, 0.25, 0.8, 1.0):
        wrong = ((score >= threshold) & ~truth).sum() + 4 * ((score < threshold) & truth).sum()
        assert data.loc[threshold, "cost"] == pytest.approx(100 * wrong / len(truth))


def test_the_threshold_curves_pass_through_the_scores(of_two):
    data = draw("thresholds.threshold", of_two).data.set_index("threshold")
    scores = classification.score(of_two.y, of_two.answers, of_two.case, {"threshold": 0.4})
    for name in ("precision", "recall", "f1"):
        assert data.loc[0.4, name] == pytest.approx(scores[name])


def test_calibrated_answers_lie_on_the_diagonal(case):
    random = np.random.default_rng(0)
    probability = random.random(5000)
    y = pd.Series(np.where(random.random(5000) < probability, "Yes", "No"))
    answers = pd.DataFrame({"No": 1 - probability, "Yes": probability})
    bins = draw("calibration.calibration", report(y, answers, case)).data
    assert bins["rows"].tolist() == [500] * 10
    assert bins["observed"].to_numpy() == pytest.approx(bins["probability"].to_numpy(), abs=0.06)
    inside = (bins["low"] <= bins["probability"]) & (bins["probability"] <= bins["high"])
    assert inside.sum() >= 8


def test_the_confusion_matrix_counts_every_row(of_two):
    data = draw("confusion.confusion_matrix", of_two).data
    right = (data["actual"] == data["predicted"]).mean()
    assert right == pytest.approx(of_two.scores["accuracy"])


def test_the_learning_curve_is_the_mean_of_the_folds(of_two):
    data = draw("learning.learning_curve", of_two).data
    assert data["rows"].tolist() == [100.5, 300.5]
    assert data["validation"].tolist() == pytest.approx([0.71, 0.81])


def test_the_table_of_epochs_is_that_of_the_fit_on_all_rows(of_two):
    data = draw("learning.epochs", of_two).data
    assert data["validation_loss"].tolist() == [0.8, 0.7]
    assert "learning_rate" not in data


def test_names_of_lines_that_end_at_the_edge_are_not_cut_off(of_two):
    history = of_two.history[of_two.history["fold"] == "all"].assign(validation_accuracy=0.8)
    of_both = SimpleNamespace(pipeline="toy", case=of_two.case, history=history, estimator=None)
    assert outside(draw("learning.epochs", of_both).figure) == []


def test_without_a_fit_on_all_rows_the_folds_are_drawn(of_two):
    folds = of_two.history[of_two.history["fold"] != "all"].assign(fold=0)
    of_folds = SimpleNamespace(pipeline="toy", case=of_two.case, history=folds, estimator=None)
    assert draw("learning.epochs", of_folds).data["epoch"].tolist() == [1, 2, 3]


def test_what_was_not_measured_is_not_drawn(binary, case):
    bare = report(*binary, case)
    for name in ("learning.learning_curve", "learning.epochs", "importance.importance"):
        assert draw(name, bare) is None


def test_a_pipeline_that_no_column_moves_has_no_swarm(binary, case):
    known = explained(50, ("No", "Yes"))
    still = known["contributions"]
    known["contributions"] = Contributions(
        0 * still.added, still.base, still.outputs, still.unit, still.X, still.rows
    )
    assert draw("importance.shap", report(*binary, case, **known)) is None


def test_the_table_of_shap_values_holds_every_row_and_column_of_the_positive_class(of_two):
    data = draw("importance.shap", of_two).data
    added = of_two.contributions.added[..., 1]
    assert data["contribution"].to_numpy() == pytest.approx(added.ravel())
    assert set(data["class"]) == {"Yes"}
    assert data["column"].head(4).tolist() == list(of_two.contributions.X.columns)


def test_no_setting_of_the_user_changes_a_picture(of_two, tmp_path):
    def picture():
        with style.house():
            style.write_png(plots.load("curves.roc")(of_two).figure, tmp_path / "roc.png")
        return (tmp_path / "roc.png").read_bytes()

    first = picture()
    with matplotlib.rc_context({"font.size": 20, "lines.linewidth": 9, "figure.dpi": 40}):
        assert picture() == first


def test_pictures_repeat_in_another_process_and_name_no_version(tmp_path):
    program = (
        "import sys, pathlib, pandas as pd\n"
        "from caselab.evaluation.plots import style\n"
        "with style.house():\n"
        "    figure, axes = style.canvas('Title', 'Subtitle')\n"
        "    axes.plot([1, 2, 4])\n"
        "    style.name_lines(axes, [(2, 4, 'line', style.BLUE)])\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "style.write_png(figure, folder / 'plot.png')\n"
        "style.write_csv(pd.DataFrame({'x': [1 / 3, 2]}), folder / 'plot.csv')\n"
    )
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        subprocess.run([sys.executable, "-c", program, str(folder)], check=True)
    for name in ("plot.png", "plot.csv"):
        first, second = ((folder / name).read_bytes() for folder in folders)
        assert first == second
    assert b"atplotlib" not in (folders[0] / "plot.png").read_bytes()
    assert (folders[0] / "plot.csv").read_text() == "x\n0.333333\n2\n"


def test_names_of_lines_that_end_together_are_moved_apart():
    with style.house():
        _, axes = style.canvas("Title", "Subtitle")
        axes.set_ylim(0, 1)
        style.name_lines(axes, [(1, 0.5, "b", "k"), (1, 0.5, "a", "k"), (1, 0.99, "c", "k")])
    heights = sorted(text.xy[1] for text in axes.texts)
    assert np.diff(heights).min() >= 0.06 - 1e-9
    assert heights[-1] <= 1


def test_an_empty_cell_of_decisions_stays_empty_and_977_of_980_are_not_all(many):
    truth = pd.Series(["a"] * 980 + ["b"] * 20)
    sure = np.r_[np.ones(977), np.zeros(3), np.zeros(20)]
    answers = pd.DataFrame({"a": sure, "b": 1 - sure, "c": 0.0})
    written = [
        t.get_text()
        for t in draw("confusion.confusion_matrix", report(truth, answers, many))
        .figure.axes[0]
        .texts
    ]
    assert sorted(written) == sorted(["977", "99.7%", "3", "0.3%", "20", "100%"])


def test_lines_of_more_classes_than_colours_differ_in_their_dashes(many):
    random = np.random.default_rng(0)
    names = [f"k{number}" for number in range(10)]
    y = pd.Series(random.choice(names, 300))
    odds = random.random((300, 10)) + (y.to_numpy()[:, None] == np.array(names))
    answers = pd.DataFrame(odds / odds.sum(axis=1, keepdims=True), columns=names)
    plot = draw("curves.roc", report(y, answers, many))
    lines = [each for each in plot.figure.axes[0].lines if len(each.get_xdata()) > 2]
    assert len({(each.get_color(), str(each._unscaled_dash_pattern)) for each in lines}) == 10
    assert outside(plot.figure) == []


def test_each_category_is_named_in_the_colour_of_its_dots_or_among_others(binary, case):
    random, n = np.random.default_rng(0), 60
    X = pd.DataFrame(
        {
            "plan": random.choice(["free", "basic", "gold"], n),
            "town": [f"town {number % 20}" for number in range(n)],
            "fee": random.random(n),
        }
    )
    found = Contributions(
        random.normal(size=(n, 3, 1)), np.zeros(1), ("",), "answer", X, np.arange(n)
    )
    made = report(*binary, case, contributions=found, measured_in={"fee": "$"}, unit="$")
    axes = draw("importance.shap", made).figure.axes[0]
    written = {text.get_text(): text.get_color() for text in axes.texts}
    assert {"free", "basic", "gold", "13 others"} <= set(written)
    assert written["13 others"] == style.MUTED
    assert len({written[name] for name in ("free", "basic", "gold")}) == 3
    assert "fee, $" in [label.get_text() for label in axes.get_yticklabels()]
    assert axes.get_xlabel() == "Added to the answer, $"


@pytest.mark.parametrize(("metric", "word"), [("roc_auc", "Loss"), ("log_loss", "Rise")])
def test_importance_is_the_loss_of_a_score_or_the_rise_of_an_error(of_two, metric, word):
    case = SimpleNamespace(title="Toy", metric=metric, positive="Yes")
    made = replace(of_two, case=case)
    vars(made).update(importance=of_two.importance)
    label = draw("importance.importance", made).figure.axes[0].get_xlabel()
    assert label.startswith(f"{word} of ")


def test_rounds_are_no_epochs_and_the_one_taken_is_marked(of_two):
    learner = SimpleNamespace(step="round", best_epoch_=2)
    made = SimpleNamespace(
        pipeline="toy", case=of_two.case, history=of_two.history, estimator=[learner]
    )
    plot = draw("learning.epochs", made)
    axes = plot.figure.axes[0]
    assert axes.get_xlabel() == "Round"
    assert "Rounds of toy" in plot.figure.texts[0].get_text()
    assert any(list(line.get_xdata()) == [2, 2] for line in axes.lines)
