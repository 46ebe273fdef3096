"""What a search may try: ranges of signatures, narrowed by params.yaml, in the arguments' types."""

from pathlib import Path

import pytest

from caselab import params as parameters
from caselab.errors import UserError
from caselab.params import load
from caselab.params.blocks import TuningBlock
from caselab.params.checks import present, search_space
from caselab.params.search import Between
from caselab.params.sentences import Invalid, must
from caselab.params.signatures import PACKAGE, module

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def params():
    return load(ROOT)


def narrowed(params, pipeline, **parts):
    return params.model_copy(update={"tuning": {pipeline: TuningBlock(**parts)}})


def test_every_range_lies_within_what_its_argument_allows():
    files = [*PACKAGE.glob("architectures/*.py"), PACKAGE / "learning" / "training.py"]
    files += [PACKAGE / "features" / f"{name}.py" for name in ("table", "text")]
    seen = 0
    for file in files:
        read = module(file)
        for name in [*read.functions, *read.dataclasses]:
            signature = read.signature(name)
            for argument in signature.arguments:
                search = signature.searched(argument)
                if search is None:
                    continue
                ends = [search.low, search.high] if isinstance(search, Between) else search.values
                for value in ends:  # as YAML has it
                    plain = list(value) if isinstance(value, tuple) else value
                    must((argument,), plain, signature.type_of(argument))
                assert not (search.where.keys() - signature.arguments.keys()), argument
                seen += 1
    assert seen > 90


def test_nearly_every_pipeline_that_learns_has_something_to_tune(params):
    learns = [name for name, block in params.pipelines.items() if block.architecture != "baseline"]
    empty = [name for name in learns if not search_space(params, name)]
    assert len(empty) < len(learns) / 10, empty


def test_what_means_nothing_for_a_pipeline_is_not_searched(params):
    of_tokens = search_space(params, "messages_spam-lstm")
    assert "features.min_df" in of_tokens
    assert not {"features.ngrams", "features.sublinear_tf"} & of_tokens.keys()
    assert "training.learning_rate" not in search_space(params, "news_sentiment-fine-tuned")
    assert not any(name.startswith("features") for name in search_space(params, "segments-kmeans"))


def test_the_settings_that_hold_are_those_of_the_file_and_of_the_code(params):
    assert present(params, "messages_spam-lstm")["features.represent"] == "tokens"
    forecaster = present(params, "demand-lstm")  # whose training has defaults of its own
    assert forecaster["training.learning_rate"] != 0.001 or forecaster["training.max_epochs"] != 100
    assert present(params, "prices-random-forest")["model.max_features"] == 1 / 3


def test_a_block_of_tuning_names_all_that_is_searched(params):
    named = {"max_depth": [2, 3], "learning_rate": {"low": 0.1, "high": 1}, "subsample": True}
    space = search_space(narrowed(params, "churn-xgboost", model=named), "churn-xgboost")
    assert list(space) == ["model.max_depth", "model.learning_rate", "model.subsample"]
    assert space["model.max_depth"].values == (2, 3)
    assert not space["model.learning_rate"].whole
    assert (space["model.subsample"].low, space["model.subsample"].high) == (0.5, 1.0)
    whole = {"max_depth": {"low": 1, "high": 9}}
    assert search_space(narrowed(params, "churn-xgboost", model=whole), "churn-xgboost")[
        "model.max_depth"
    ].whole


@pytest.mark.parametrize(
    ("model", "clause"),
    [
        ({"max_depth": []}, "empty list"),
        ({"max_depth": [2, 0]}, "greater than 0"),
        ({"max_dpeth": [2]}, "nearest: max_depth"),
        ({"max_depth": {"low": 9, "high": 1}}, "low below high"),
        ({"subsample": {"low": 0, "high": 1}}, "greater than 0"),
        ({"learning_rate": {"low": 0, "high": 1, "log": True}}, "low above 0"),
        ({"n_estimators": True}, "no range of its own"),
    ],
)
def test_a_space_that_cannot_be_is_refused_with_its_place(params, model, clause):
    with pytest.raises(Invalid, match=clause) as caught:
        search_space(narrowed(params, "churn-xgboost", model=model), "churn-xgboost")
    assert caught.value.path[:3] == ("tuning", "churn-xgboost", "model")


def test_a_wrong_block_of_tuning_is_told_when_params_are_read():
    with pytest.raises(UserError, match=r"tuning.churn-xgboost.model.max_depth is an empty list"):
        parameters.load(ROOT, ["tuning.churn-xgboost.model.max_depth=[]"])
    with pytest.raises(UserError, match=r"tuning.churn-xgb is .*churn-xgboost"):
        parameters.load(ROOT, ["tuning.churn-xgb.model.max_depth=[1]"])
    with pytest.raises(UserError, match=r"tuning.churn-svm.training has no place"):
        parameters.load(ROOT, ["tuning.churn-svm.training.batch_size=[1]"])
