import pytest

from caselab.params import Params


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project root, which is the current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def churn_params():
    """Return params with the case churn and what a test asks to be different."""

    def make(
        origin="src/caselab/sources/telco.py", split=None, validation=None, quarantine=0.01, **view
    ):
        return Params.model_validate(
            {
                "seed": 7,
                "threads": 1,
                "quarantine": quarantine,
                "sources": {"telco": {"origin": str(origin)}},
                "cases": {
                    "churn": {
                        "source": "telco",
                        "split": split or {"test": 0.2},
                        "validation": validation or {"kind": "stratified", "folds": 5},
                        "evaluation": {},
                    }
                },
                "views": {"churn-table": {"case": "churn", "view": "table", **view}},
                "pipelines": {},
            }
        )

    return make
