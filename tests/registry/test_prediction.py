import pytest

from caselab.errors import UserError
from caselab.registry import prediction


def test_answers_without_a_champion_are_refused(project):
    with pytest.raises(UserError, match="no champion yet; run `caselab run churn`"):
        prediction.predict("churn", None)
