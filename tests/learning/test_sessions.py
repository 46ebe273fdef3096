import contextlib
import threading

from caselab import learning
from caselab.learning import sessions


def test_outside_of_a_session_nothing_is_kept_or_told():
    assert sessions.current() == sessions.Session(checkpoints=None, on_epoch=None)


def test_the_innermost_session_counts_and_ends_with_its_block(tmp_path):
    with learning.session(tmp_path):
        with learning.session(None, print, every=0):
            assert sessions.current() == sessions.Session(None, print, 0)
        assert sessions.current().checkpoints == tmp_path
    assert sessions.current().checkpoints is None


def test_a_session_ends_with_what_its_block_raises(tmp_path):
    with contextlib.suppress(RuntimeError), learning.session(tmp_path):
        raise RuntimeError
    assert sessions.current().checkpoints is None


def test_another_thread_has_a_session_of_its_own(tmp_path):
    found = []
    with learning.session(tmp_path):
        thread = threading.Thread(target=lambda: found.append(sessions.current().checkpoints))
        thread.start()
        thread.join()
    assert found == [None]
