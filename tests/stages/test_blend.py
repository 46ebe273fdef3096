"""The stage that blends, on a toy case whose pipelines have been trained."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from caselab import params as parameters
from caselab.errors import UserError
from caselab.project import places
from caselab.stages import blend as stage
from caselab.stages.blend import OutOfFold
from caselab.storage import datasets, models
from caselab.tracking.tracker import Untracked
from tests.stages.toys import PARAMS, leave_features, train

NAME = "toy-blend"
MEMBERS = ["toy-baseline", "toy-logistic", "toy-tree"]
BLENDS = "blends: {toy-blend: {case: churn, view: toy, rounds: 6}}\n"


@pytest.fixture(scope="module")
def blended(tmp_path_factory):
    root = tmp_path_factory.mktemp("blended")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        (root / "params.yaml").write_text(PARAMS + BLENDS)
        leave_features()
        params = parameters.load()
        for member in MEMBERS:
            train(params, member)
        stage.run(params, NAME, Untracked())
        yield params


def held_out(name):
    return pd.read_parquet(places.model("churn", name) / "held_out.parquet")


def told():
    return pd.read_csv(places.model("churn", NAME) / "members.csv")


def rows_of(params):
    train_rows = datasets.read(places.features("toy") / "train")
    case = stage.cases.load("churn")
    return OutOfFold.of(case, train_rows, [held_out(name) for name in MEMBERS], MEMBERS)


def test_a_blend_is_a_pipeline_of_its_case(blended):
    block = blended.pipelines[NAME]
    assert (block.case, block.view, block.architecture) == ("churn", "toy", "blend")
    assert NAME not in blended.learners
    assert blended.members(NAME) == MEMBERS


def test_weights_sum_to_one_and_are_never_worse_than_the_best_member(blended):
    members = told()
    assert list(members["member"]) == MEMBERS
    assert members["weight"].sum() == pytest.approx(1)
    assert (members["weight"] >= 0).all()
    assert rows_of(blended).score(members["weight"].to_numpy()) >= members["roc_auc"].max()


def test_a_members_score_is_the_mean_of_its_folds(blended):
    rows, expected = rows_of(blended), []
    for fold in range(3):
        mask = rows.fold == fold
        y = rows.y[mask].reset_index(drop=True)
        answers = pd.DataFrame(rows.answers[1][mask], columns=rows.outputs)
        expected.append(
            rows.problem.score(y, answers, rows.case, {}, metrics=["roc_auc"])["roc_auc"]
        )
    assert told()["roc_auc"][1] == pytest.approx(np.mean(expected))


def test_a_folds_answers_are_by_weights_that_its_rows_had_no_part_in(blended):
    """Whatever is true of a fold, its own answers stay what they were; others' change."""
    rows, unfitted = rows_of(blended), stage.blend.classification(method="stack")
    before = rows.nested(unfitted, "stratified", seed=7)
    inside = rows.fold == 1
    turned = rows.y.mask(pd.Series(inside), rows.y.map({"Yes": "No", "No": "Yes"}))
    after = replace(rows, y=turned).nested(unfitted, "stratified", seed=7)
    pd.testing.assert_frame_equal(before[inside], after[inside])
    assert not before[~inside].equals(after[~inside])


def test_in_time_only_earlier_folds_choose(blended):
    rows, unfitted = rows_of(blended), stage.blend.classification(method="stack")
    before = rows.nested(unfitted, "time", seed=7)
    last = rows.fold == 2
    turned = rows.y.mask(pd.Series(last), rows.y.map({"Yes": "No", "No": "Yes"}))
    after = replace(rows, y=turned).nested(unfitted, "time", seed=7)
    pd.testing.assert_frame_equal(before, after)
    first = rows.fold == 0
    np.testing.assert_allclose(before.loc[first, "Yes"], rows.answers[:, first, 1].mean(axis=0))


def test_a_single_fold_is_cut_into_parts_that_choose_for_each_other(blended):
    rows, unfitted = rows_of(blended), stage.blend.classification(method="stack")
    single = replace(rows, fold=np.zeros_like(rows.fold))
    answers = single.nested(unfitted, "holdout", seed=7)
    shares = np.linalg.lstsq(rows.answers[:, :, 1].T, answers["Yes"], rcond=None)[1]
    assert shares > 0  # no one set of weights gave all these answers
    assert answers.equals(single.nested(unfitted, "holdout", seed=7))


def test_the_model_answers_as_the_average_of_its_members(blended):
    test = datasets.read(places.features("toy") / "test")
    found = models.load(places.model("churn", NAME)).predict_proba(test.X)
    weights = told()["weight"]
    parts = [
        weight * models.load(places.model("churn", name)).predict_proba(test.X)
        for name, weight in zip(MEMBERS, weights, strict=True)
        if weight
    ]
    np.testing.assert_allclose(found, sum(parts), rtol=1e-12)


def test_its_report_is_that_of_any_pipeline(blended):
    report = places.report("churn", NAME)
    scores = json.loads((report / "metrics.json").read_text())
    assert len(scores["folds"]["roc_auc"]) == 3
    assert 0 < scores["decision"]["threshold"] < 1
    assert {file.stem for file in (report / "plots").glob("*.png")} >= {"roc", "importance", "shap"}


def test_members_that_held_out_other_rows_are_refused(blended):
    files = [held_out(name) for name in MEMBERS]
    files[2] = files[2].iloc[1:]
    train_rows = datasets.read(places.features("toy") / "train")
    with pytest.raises(UserError, match="toy-tree has answered other training rows than toy-base"):
        OutOfFold.of(stage.cases.load("churn"), train_rows, files, MEMBERS)


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        ("toy-mean: {case: churn, view: toy}", r"blends\.toy-mean does not end in -blend"),
        ("toy-blend: {case: churn, view: other}", "which is no view of case churn; known: toy"),
        ("toy-blend: {case: churn, view: toy, method: mean}", "'greedy' or 'stack'"),
        ("toy-blend: {case: churn, view: toy, rounds: 0}", "blends.toy-blend.rounds"),
        (
            "toy-blend: {case: churn, view: toy, members: 3}",
            "members is not known; known: method, rounds",
        ),
    ],
)
def test_what_cannot_be_blended_is_refused_in_a_sentence(project, block, sentence):
    (project / "params.yaml").write_text(PARAMS + f"blends: {{{block}}}\n")
    with pytest.raises(UserError, match=sentence):
        parameters.load()


def test_a_pipeline_alone_is_no_blend_and_no_pipeline_bears_a_blends_name(project):
    alone = PARAMS.replace("toy-logistic:", "toy-mlp-blend:")
    (project / "params.yaml").write_text(alone)
    with pytest.raises(UserError, match=r"pipelines\.toy-mlp-blend ends in -blend"):
        parameters.load()
    few = PARAMS[: PARAMS.index("  toy-logistic")] + BLENDS
    (project / "params.yaml").write_text(few)
    with pytest.raises(UserError, match=r"too few to blend; add one, or .* See toy: toy-baseline"):
        parameters.load()
