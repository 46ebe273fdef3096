"""The loop in a clone: requests are logged, watched and labelled, and a retraining learns from them."""

import pytest

from tests.end_to_end.conftest import CHURN, ROOT, Clone, clone

FEW = {
    "churn-baseline": {**CHURN, "architecture": "baseline"},
    "churn-logistic": {**CHURN, "architecture": "logistic"},
}

# Customers that nobody has learned from ask one by one; `factor` is by how much prices have risen.
ASK = """
import sys
from datetime import UTC, datetime
import pandas as pd
from caselab.registry import prediction
from caselab.serving.requests import Answered, RequestLog

factor = float(sys.argv[1])
customers = pd.read_parquet(sys.argv[2]).iloc[2000:2200].reset_index(drop=True)
customers["monthly_charges"] *= factor
asked = customers.drop(columns="churn")
answers = prediction.predict("churn", asked)
log, now = RequestLog("churn"), datetime.now(UTC)
log.write(
    Answered(f"{factor}-{i}", now, 1, 1.0, asked.iloc[i : i + 1], answers.iloc[i : i + 1])
    for i in range(len(asked))
)
names = [f"{factor}-{i}" for i in range(len(asked))]
customers[["churn"]].assign(request_id=names).to_csv(f"labels-{factor}.csv", index=False)
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Clone:
    settings = {"retraining": {"labelled": True, "at_most_every": 3600}}
    made = clone(tmp_path_factory.mktemp("served"), pipelines=FEW, **settings)
    made.run("caselab", "run", "churn")
    return made


def ask(served: Clone, factor: float) -> None:
    telco = str(ROOT / "src/caselab/sources/telco.parquet")
    served.run("python", "-c", ASK, str(factor), telco)


def test_the_loop_closes(served):
    assert "No request has been logged" in served.run("caselab", "watch", "churn").stdout
    ask(served, 1.0)
    calm = served.run("caselab", "watch", "churn").stdout
    assert "nothing has moved" in calm
    assert "in the last 200 requests (version 1, churn-logistic)" in calm

    ask(served, 1.5)
    served.write_params(served.params | {"watching": {"window": 200}})
    alarm = served.run("caselab", "watch", "churn", code=1).stdout
    assert "monthly_charges: " in alarm
    assert "labelled rows" not in alarm
    assert (served.root / ".caselab/watching/churn/watch.html").exists()

    assert (
        "200 new; 200 records of 400"
        in served.run("caselab", "label", "churn", "labels-1.5.csv").stdout
    )
    assert "on 200 labelled rows" in served.run("caselab", "watch", "churn", code=1).stdout

    done = served.run("caselab", "retrain", "churn", "--why", "prices rose").stdout
    assert "200 labelled requests beside 1,500 records of telco." in done
    assert "churn was retrained, as prices rose: " in done
    history = served.run("caselab", "history", "churn").stdout
    assert "prices rose: " in " ".join(history.split())
    again = served.run("caselab", "retrain", "churn", code=2).stderr
    assert "retraining.at_most_every in params.yaml is 3,600 seconds" in again
    branch = served.run("git", "show", "caselab/retrain-churn:params.yaml").stdout
    assert "data/own/telco.parquet" in branch
    assert "data/own" not in (served.root / "params.yaml").read_text()
