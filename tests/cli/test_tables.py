"""Tables in windows of any width."""

import io

import pytest
from rich.console import Console

from caselab.cli import tables
from tests.cli.test_cli import invoke

NAMES = ["messages_questions-multinomial-nb", "messages_questions-linear-svm"]
COLUMNS = ("", "pipeline", "architecture", ">validation", ">test", ">time", "~")
ROWS = [
    (1, NAMES[0], "multinomial_nb", "0.852 (0.828-0.876)", "0.842 (0.820-0.862)", "1.8 s", ""),
    (2, NAMES[1], "linear_svm", "0.851 (0.823-0.878)", "-0.8 (-1.000 to -0.4)", "9 s", "champion"),
]


def drawn(width: int, **options) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(tables.table(COLUMNS, ROWS, **options))
    return out.getvalue()


def fitted(width: int) -> str:
    short = tables.without("messages_questions-", NAMES)
    return drawn(width, spare=("architecture", ">time"), short=short)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
def test_nothing_is_cut_at_any_width(width):
    output = fitted(width)
    assert "…" not in output
    assert max(map(len, output.splitlines())) <= width


def test_columns_go_before_a_name_or_an_interval_is_broken():
    output = fitted(80)
    (first,) = [line for line in output.splitlines() if "multinomial-nb" in line]
    assert first.split() == ["1", "multinomial-nb", "0.852", "(0.828-0.876)", "0.842",
                             "(0.820-0.862)"]  # fmt: skip
    assert output.count("messages_questions-") == 1  # as the head of the names
    assert output.endswith("In a wider window also: architecture, time.\n")


def test_a_wide_window_shows_all():
    output = fitted(160)
    assert all(name in output for name in [*NAMES, "architecture", "1.8 s", "pipeline"])
    assert "wider" not in output


def test_names_that_share_no_prefix_stay():
    assert tables.without("churn-", ["churn-mlp", "best"]) == {}


def test_names_are_broken_before_an_interval_is():
    output = drawn(100)  # nothing is spare
    assert "…" not in output
    assert max(map(len, output.splitlines())) <= 100
    assert all(interval in output for interval in ("0.852 (0.828-0.876)", "(-1.000 to -0.4)"))


@pytest.mark.parametrize("command", [["leaderboard"], ["list", "churn"], ["show", "churn-mlp"]])
def test_answers_at_80_columns_keep_every_name_and_interval(finished, monkeypatch, command):
    monkeypatch.setattr(tables, "PIPE_WIDTH", 80)
    output = invoke(*command).output
    assert "…" not in output
    assert max(map(len, output.splitlines())) <= 80
    assert "0.843 (0.833-0.853)" in output
