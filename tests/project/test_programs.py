import sys

from caselab.project import programs


def test_what_a_program_says_on_either_stream_is_kept_in_order(tmp_path):
    code = "import os, sys; print(os.getcwd(), flush=True); sys.exit(os.environ['WORD'])"
    ended, printed = programs.run([sys.executable, "-c", code], tmp_path, {"WORD": "no"})
    assert ended == 1
    assert printed.splitlines() == [str(tmp_path.resolve()), "no"]
    assert programs.last_line(printed) == "no"


def test_a_program_that_said_nothing_gave_no_reason():
    assert programs.last_line("\n") == "no reason given"
