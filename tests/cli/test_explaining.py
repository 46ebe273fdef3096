import json

import pandas as pd
import pytest

from caselab.registry import explanation
from caselab.registry.explanation import Explanation
from tests.cli.test_cli import error_of, invoke

PARTS = [f"column_{number}" for number in range(20)]


@pytest.fixture
def explained(project, monkeypatch):
    """Let an explanation be of whatever record is asked about."""
    (project / "new.csv").write_text("customer_id,tenure\nx,1\ny,2\n")
    asked = []

    def explain(params, case, records, row, output=None):
        asked.append((case, records["customer_id"][row - 1], output))
        added = [0.2 / (1 + number) for number in range(20)]
        table = pd.DataFrame({"part": PARTS, "value": "1", "lime": added, "shap": 0.001})
        answer = {"No": 0.25, "Yes": 0.75, "decision": "Yes", "notes": ""}
        return Explanation("churn-logistic", 2, answer, output or "Yes", table, 0.5, 0.914)

    monkeypatch.setattr(explanation, "explain", explain)
    return asked


def test_the_largest_parts_are_shown_and_the_others_summed(explained):
    output = invoke("explain", "churn", "new.csv", "--row", "2").output
    assert "churn-logistic (version 2) answers row 2 of new.csv: Yes 0.750" in output
    first = next(line for line in output.splitlines() if "column_0" in line)
    assert first.split() == ["column_0", "1", "+0.200", "+0.001"]
    assert "column_15" not in output
    rest = next(line for line in output.splitlines() if "5 others" in line)
    assert rest.split()[-2:] == [f"+{sum(0.2 / n for n in range(16, 21)):.3f}", "+0.005"]
    assert "of which it tells 91%" in output
    assert explained == [("churn", "y", None)]


def test_as_json_it_has_every_part(explained):
    told = json.loads(invoke("explain", "churn", "new.csv", "--of", "No", "--json").output)
    assert [part["part"] for part in told["parts"]] == PARTS
    assert (told["output"], told["answer"]["Yes"], told["r2"]) == ("No", 0.75, 0.914)
    assert explained == [("churn", "x", "No")]


def test_a_file_or_case_that_is_not_there_is_told(explained):
    assert "There is no file" in error_of("explain", "churn", "nowhere.csv")
    assert "no case 'chrn'" in error_of("explain", "chrn", "new.csv")
