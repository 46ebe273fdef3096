"""Explanations of a champion's answers; the champion is a toy that is asked as the real one is."""

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from caselab import params as parameters
from caselab.errors import UserError
from caselab.project import places
from caselab.registry import explanation, packaging, prediction
from caselab.storage import datasets
from caselab.storage.datasets import Dataset
from tests.stages.toys import PARAMS

SLOPES = {"tenure": -0.004, "monthly_charges": 0.002}


def of_tables(records):
    yes = 0.5 + sum(slope * records[name] for name, slope in SLOPES.items())
    return pd.DataFrame({"No": 1 - yes, "Yes": yes}, dtype=float)


def of_texts(records):
    yes = 0.1 + 0.6 * records["text"].str.contains("free") + 0.2 * records["text"].str.contains("!")
    return pd.DataFrame({"ham": 1 - yes, "spam": yes}, dtype=float)


@pytest.fixture
def champion(project, monkeypatch):
    """Let a function of raw records be the champion of every case, shown a view."""

    def crown(answers, view):
        asked = []

        def answer(records, how):
            asked.append(records)
            found = answers(records)
            return found.assign(decision=found.fillna(0).idxmax(axis=1), notes="")

        @contextmanager
        def started(case):
            present = {"pipeline": "toy", "version": 3}
            yield SimpleNamespace(answer=answer, folder=Path("model"), present=present)

        settings = {"view": view, "options": {}}
        monkeypatch.setattr(prediction, "champion", started)
        monkeypatch.setattr(packaging, "settings_of", lambda folder: settings)
        return asked

    return crown


@pytest.fixture
def params(project):
    (project / "params.yaml").write_text(PARAMS)
    return parameters.load()


@pytest.fixture
def known(project):
    """Training rows of churn as prepare leaves them."""
    random = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "tenure": random.integers(0, 72, 400),
            "monthly_charges": random.uniform(20, 120, 400),
            "contract": random.choice(["Month-to-month", "One year"], 400),
        }
    )
    ids = pd.Series(range(400)).astype(str)
    rows = Dataset(X, pd.Series(np.where(ids.index % 2, "Yes", "No")), ids, np.zeros(400, int))
    datasets.write(rows, places.prepared("churn") / "train")
    return X


RECORDS = pd.DataFrame(
    {
        "customer_id": ["a", "b"],
        "tenure": [70, 1],
        "monthly_charges": [20.0, 110.0],
        "contract": "One year",
    }
)


def test_a_table_is_explained_by_its_columns(params, known, champion):
    asked = champion(of_tables, "table")
    found = explanation.explain(params, "churn", RECORDS, 1)
    assert (found.pipeline, found.version, found.output) == ("toy", 3, "No")
    assert set(found.table["part"]) == {"tenure", "monthly_charges", "contract"}
    told = found.table.set_index("part")
    for name, slope in SLOPES.items():
        expected = -slope * (RECORDS[name][0] - known[name].mean())
        assert told["lime"][name] == pytest.approx(expected, abs=0.03)
        assert told["shap"][name] == pytest.approx(expected, abs=0.05)
    assert told["shap"]["contract"] == pytest.approx(0)
    assert found.table["lime"].abs().is_monotonic_decreasing
    assert all((records["customer_id"] == "a").all() for records in asked)
    assert 0.3 < found.r2 < 1


def test_the_output_may_be_named_and_unknown_ones_are_told(params, known, champion):
    champion(of_tables, "table")
    no = explanation.explain(params, "churn", RECORDS, 2, "No").table.set_index("part")["lime"]
    yes = explanation.explain(params, "churn", RECORDS, 2, "Yes").table.set_index("part")["lime"]
    assert no["tenure"] == pytest.approx(-yes["tenure"])
    with pytest.raises(UserError, match="no answer 'Maybe'; choose one of No, Yes"):
        explanation.explain(params, "churn", RECORDS, 2, "Maybe")


def of_spam(params):
    raw = yaml.safe_load(PARAMS)
    raw["cases"] = {"messages_spam": raw["cases"]["churn"] | {"evaluation": {}}}
    raw |= {"views": {}, "pipelines": {}}
    Path("params.yaml").write_text(yaml.safe_dump(raw))
    return parameters.load()


def test_a_text_is_explained_by_its_words(params, champion):
    asked = champion(of_texts, "text")
    records = pd.DataFrame({"text": ["Free, free prize for you!"]})
    found = explanation.explain(of_spam(params), "messages_spam", records, 1)
    told = found.table.set_index("part")
    assert set(told.index) == {"free", "prize", "for", "you"}
    assert found.output == "spam"
    assert told["shap"]["free"] == pytest.approx(0.6, abs=0.1)
    assert told["lime"]["free"] == max(told["lime"])
    texts = {text for each in asked for text in each["text"]}
    assert "Free, free prize for you!" in texts
    assert ",  prize for you!" in texts  # a word goes wherever it stands, and signs stay


@pytest.mark.parametrize("row", [0, 3])
def test_a_row_that_is_not_there_is_refused(params, champion, row):
    with pytest.raises(UserError, match=f"no row {row} among 2"):
        explanation.explain(params, "churn", RECORDS, row)


def test_a_record_without_an_answer_says_why(params, known, champion):
    champion(lambda records: of_tables(records) * np.nan, "table")
    with pytest.raises(UserError, match="Row 1 has no answer to explain"):
        explanation.explain(params, "churn", RECORDS, 1)


def test_what_is_no_table_and_no_text_is_refused(params, champion):
    champion(of_tables, "pictures")
    with pytest.raises(UserError, match="shown as pictures; explain takes tables and texts"):
        explanation.explain(params, "churn", RECORDS, 1)
