"""A registered model asked as whoever loads it asks: in whatever types, about odd rows, about none."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from threadpoolctl import ThreadpoolController

from caselab import cases, problems
from caselab.data.contracts import Contract
from caselab.errors import UserError
from caselab.features import table, text
from caselab.registry.registered_model import RawRecords

TELCO = Path(__file__).parents[2] / "src/caselab/sources/telco.parquet"
COLUMNS = ["customer_id", "No", "Yes", "decision", "notes"]


@pytest.fixture(scope="module")
def telco():
    return pd.read_parquet(TELCO).head(400)


@pytest.fixture(scope="module")
def model(telco, tmp_path_factory):
    """The model of churn by logistic regression, as `load` leaves it."""
    model = RawRecords()
    model.case, model.problem = cases.load("churn"), problems.load("classification")
    model.contract, model.needed = Contract(model.case.contract()), []
    model.view, model.threads = partial(table.view, ratios=False), ThreadpoolController()
    model.settings = {"threads": 1, "decision": {"threshold": 0.5}}
    model.examples = tmp_path_factory.mktemp("model") / "examples.parquet"
    telco.drop(columns="churn").head(3).to_parquet(model.examples)
    X = telco.drop(columns=["customer_id", "churn"])
    model.pipeline = make_pipeline(table.transformer(), LogisticRegression(max_iter=500))
    model.pipeline.fit(table.view(X), telco["churn"])
    return model


@pytest.fixture(scope="module")
def usual(model, telco):
    """Answers to all rows."""
    return model.predict(telco)


def test_an_answer_has_id_probabilities_decision_and_an_empty_note(usual, telco):
    assert list(usual) == COLUMNS
    assert usual["customer_id"].tolist() == telco["customer_id"].tolist()
    assert set(usual["notes"]) == {""}


def test_few_rows_which_functions_judge_are_answered_as_many_are(model, telco, usual):
    few = model.predict(telco.iloc[[7, 3]])
    pd.testing.assert_frame_equal(few, usual.iloc[[7, 3]])


@pytest.mark.parametrize("rows", [3, 400])
@pytest.mark.parametrize(
    "types",
    [
        {"tenure": "Int64", "female": "Int8", "monthly_charges": "Float64"},
        {"contract": "category", "tenure": "category", "female": "category"},
        {"contract": "string", "partner": "int64[pyarrow]", "payment_method": "string[pyarrow]"},
        {"monthly_charges": "double[pyarrow]", "multiple_lines": pd.ArrowDtype(pa.string())},
        {"tenure": "float64", "senior_citizen": "bool"},
        {"tenure": "object", "contract": "object", "total_charges": "object"},
    ],
)
def test_types_that_hold_the_same_values_are_taken(model, telco, usual, types, rows):
    answers = model.predict(telco.head(rows).astype(types))
    pd.testing.assert_frame_equal(answers, usual.head(rows))


@pytest.mark.parametrize("rows", [3, 400])
def test_a_gap_in_a_column_of_whole_numbers_is_answered_in_whatever_type(model, telco, rows):
    asked = telco.head(rows)
    floats = asked.assign(tenure=asked["tenure"].astype("float64").where(asked.index != 1))
    answers = [model.predict(floats.astype({"tenure": t})) for t in ("float64", "Int64")]
    pd.testing.assert_frame_equal(*answers)
    assert answers[0]["notes"][1] == "tenure has no value"
    assert np.isfinite(answers[0]["Yes"]).all()


@pytest.mark.parametrize("rows", [3, 400])
def test_a_row_that_is_not_understood_has_no_answer_and_the_others_have_theirs(
    model, telco, usual, rows
):
    asked = telco.head(rows).astype({"tenure": str})
    asked.loc[1, "tenure"] = "long"
    answers = model.predict(asked)
    assert answers["notes"][1] == "no answer: tenure 'long' is no number"
    assert answers.loc[1, ["No", "Yes", "decision"]].isna().all()
    assert answers["customer_id"].tolist() == asked["customer_id"].tolist()
    pd.testing.assert_frame_equal(answers.drop(index=1), usual.head(rows).drop(index=1))
    with pytest.raises(UserError, match="1 row that is no number: 'long'"):
        model.predict(asked, {"strict": True})


def test_where_no_row_is_understood_all_are_left_without_an_answer(model, telco):
    answers = model.predict(telco.head(2).assign(tenure="long"))
    assert list(answers) == COLUMNS
    assert answers[["No", "Yes", "decision"]].isna().all(axis=None)


@pytest.mark.parametrize("value", [1e300, np.inf])
def test_a_number_that_a_pipeline_breaks_on_costs_its_row_alone(model, telco, usual, value):
    forest = make_pipeline(table.transformer(scale="none"), RandomForestClassifier(5))
    X = table.view(telco.drop(columns=["customer_id", "churn"]))
    before, model.pipeline = model.pipeline, forest.fit(X, telco["churn"])
    try:
        sound = model.predict(telco.head(4))
        charges = telco["monthly_charges"].head(4).where(telco.index[:4] != 2, value)
        answers = model.predict(telco.head(4).assign(monthly_charges=charges))
    finally:
        model.pipeline = before
    pd.testing.assert_frame_equal(answers.drop(index=2), sound.drop(index=2))
    note = f"monthly_charges {value} is outside 0 to 100,000"
    if np.isfinite(value):  # what is infinite is a gap to a pipeline
        assert answers["notes"][2].startswith(f"no answer: {note}; the pipeline cannot take it (")
    else:
        assert answers["notes"][2] == note
    assert answers["decision"].notna().tolist() == [True, True, not np.isfinite(value), True]


def test_gaps_that_make_a_view_show_more_do_no_harm(model, telco, usual):
    """A column of whole numbers with a gap is one of floats, of which `ratios` makes columns."""
    asked = telco.head(3).assign(tenure=[1.0, np.nan, 2.0], female=[0.0, np.nan, 1.0])
    before, model.view = model.view, partial(table.view, ratios=True)
    pipeline = make_pipeline(table.transformer(drop_missing=0.5), LogisticRegression(max_iter=50))
    X = model.view(telco.drop(columns=["customer_id", "churn"]))
    fitted, model.pipeline = model.pipeline, pipeline.fit(X, telco["churn"])
    try:
        assert model.predict(asked)["decision"].notna().all()
    finally:
        model.view, model.pipeline = before, fitted


def test_no_rows_are_no_answers_of_the_right_columns(model, telco):
    empty = model.predict(telco.head(0))
    assert (list(empty), len(empty)) == (COLUMNS, 0)
    assert empty["Yes"].dtype == np.float64
    nothing_known = pd.DataFrame(columns=telco.columns.drop("customer_id"))
    assert list(model.predict(nothing_known)) == COLUMNS[1:]
    with pytest.raises(UserError, match="no column"):
        model.predict(pd.DataFrame())


@pytest.mark.parametrize(
    ("params", "where"), [(None, "the records"), ({"where": "new.csv"}, "new.csv")]
)
def test_errors_call_the_records_as_they_are_told_to(model, params, where):
    with pytest.raises(UserError, match=f"^In {where} there are no columns"):
        model.predict(pd.DataFrame({"tenure": [1]}), params)


def test_a_text_that_is_not_read_to_its_end_is_noted():
    model = RawRecords()
    model.case, model.problem = cases.load("messages_spam"), problems.load("classification")
    model.contract, model.needed = Contract(model.case.contract()), []
    model.view, model.threads = text.view, ThreadpoolController()
    model.settings = {"threads": 1, "decision": {}}
    features = text.transformer(represent="tokens", length=4)
    model.pipeline = make_pipeline(features, RandomForestClassifier(2, random_state=0))
    model.pipeline.fit(
        pd.DataFrame({"text": ["free money for you now"] * 3 + ["see you"]}), [*"sssh"]
    )
    asked = pd.DataFrame({"id": ["a", "b"], "text": ["one two three four five six", "see you"]})
    found = model.predict(asked)["notes"].tolist()
    assert found == ["the text has 6 words, of which the first 4 are read", ""]


def test_requests_asked_together_are_answered_to_the_last_bit_as_each_alone(model, telco):
    sizes = [1, 3, 1, 2, 5]
    ends = np.cumsum(sizes)
    parts = [telco.iloc[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    alone = pd.concat([model.predict(part) for part in parts], ignore_index=True)
    together = model.predict(telco.head(ends[-1]).reset_index(drop=True), {"requests": sizes})
    pd.testing.assert_frame_equal(together, alone, check_exact=True)
    odd = telco.head(ends[-1]).reset_index(drop=True).astype({"tenure": object})
    odd.loc[2, "tenure"] = "long"
    found = model.predict(odd, {"requests": sizes})
    assert found["notes"].str.startswith("no answer: tenure 'long'").tolist() == [
        row == 2 for row in range(ends[-1])
    ]
    others = found.index != 2
    pd.testing.assert_frame_equal(
        found[others].astype({"Yes": float}), alone[others], check_exact=True
    )


def test_records_of_which_none_can_be_read_make_no_empty_forecast():
    model = RawRecords()
    model.case, model.needed = cases.load("demand"), []
    model.contract, model.view = Contract(model.case.contract()), lambda rows: rows
    moments = {"time": ["soon", "later"], "demand": [4000.0, 4100.0]}
    asked = pd.DataFrame(moments | {"workday": 1.0, "temperature": 20.0})
    with pytest.raises(UserError, match=r"^Of new\.csv none can be read, .*time 'soon'"):
        model.predict(asked, {"where": "new.csv"})
