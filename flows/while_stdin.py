"""`python -m flows.while_stdin <module> …`: run a module, which ends when stdin closes.

So what a schedule or a retraining has started ends with it, were it killed, and changes nothing behind the
back of the next.
"""

import runpy
import sys
import threading

from flows.command import stop_with_caller

if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    threading.Thread(target=stop_with_caller, daemon=True).start()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
