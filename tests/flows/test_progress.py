import io

from rich.console import Console

from flows.progress import Lines, Screen, clock


def test_lines_count_what_has_ended_and_leave_what_was_skipped_to_the_summary():
    said = []
    with Lines(said.append) as display:
        display.begin(3, 70, known=True)
        display.started("train@a", None)
        display.epoch("train@a", 0, 1, {"loss": 1.0})
        display.ended("train@a", "done", 12.3, 5)
        display.ended("evaluate@a", "skipped", 0, 0, "train@a failed")
        display.ended("train@b", "restored", 0.1, 0)
    assert said == [
        "3 stages to run, about 70 s",
        "[1/3] train@a done in 12 s",
        "[3/3] train@b restored in 0.1 s",
    ]


def test_what_never_ran_may_take_longer_than_was_guessed():
    said = []
    Lines(said.append).begin(3, 70, known=False)
    assert said == ["3 stages to run, 70 s or more: some never ran yet"]


def test_the_screen_shows_epochs_expectation_and_endings():
    console = Console(file=io.StringIO(), force_terminal=True, width=100, highlight=False)
    with Screen(console) as screen:
        screen.begin(3, 200, known=True)
        screen.started("train@a", 60)
        screen.epoch("train@a", 2, 14, {"loss": 0.4061, "accuracy": 0.8})
        console.print(screen._picture())
        screen.ended("train@a", "failed", 3, 100, "ValueError: a [bad] value")
    shown = console.file.getvalue()
    assert "of about 60 s" in shown
    assert "fold 2, epoch 14, loss 0.4061" in shown
    assert "0 of 3 stages" in shown
    assert "about 3:20 min left" in shown
    assert "train@a failed in 3.0 s: ValueError: a [bad] value" in shown


def test_durations_for_people():
    assert [clock(s) for s in (0.04, 9.96, 75.4, 185, 3 * 3600 + 120)] == [
        "0.0 s", "10 s", "75 s", "3:05 min", "3:02 h",
    ]  # fmt: skip
