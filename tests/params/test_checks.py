import pytest

from caselab.errors import UserError
from caselab.params.checks import fact


def test_what_a_case_says_is_read_from_its_file():
    assert fact("churn", "metric") == "roc_auc"


def test_what_it_does_not_say_as_a_text_is_asked_for():
    with pytest.raises(UserError, match=r"cases/churn\.py does not give its colour as a text"):
        fact("churn", "colour")
