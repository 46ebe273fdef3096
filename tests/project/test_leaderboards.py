import pytest

from caselab.errors import UserError
from caselab.project import leaderboards, places


def test_a_case_that_was_not_compared_has_none(tmp_path):
    assert leaderboards.read("churn", tmp_path) is None


def test_a_damaged_leaderboard_says_how_to_mend_it(tmp_path):
    folder = tmp_path / places.leaderboard("churn")
    folder.mkdir(parents=True)
    (folder / "leaderboard.json").write_text('{"rows": []}')
    assert leaderboards.read("churn", tmp_path) == {"rows": []}
    (folder / "leaderboard.json").write_text("{")
    with pytest.raises(
        UserError, match=r"cannot be read .*; remove it, then run `caselab run churn`"
    ):
        leaderboards.read("churn", tmp_path)
