"""The process of a registered model. Started by path; it imports nothing of ours but the model's.

Its arguments are the socket to answer on, and in JSON who started it, where packages are found and
which modules to import while it waits.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any


def main() -> None:
    """Answer requests until nobody is there to ask."""
    connection, start = Connection(int(sys.argv[1])), json.loads(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who asks decides what Ctrl-C ends
    threading.Thread(target=end_with, args=(start["parent"],), daemon=True).start()
    sys.path += [path for path in start["paths"] if path not in sys.path]
    for name in start["modules"]:
        with contextlib.suppress(ImportError):
            import_without_walk(name)
    model: Any = None
    while True:
        try:
            request = connection.recv()
        except EOFError:
            return
        try:
            model = model or load(Path(request["artifacts"]))
            asked = request.get("ask")
            reply = {"answer": model.predict(*asked) if asked else sorted(sys.modules)}
        except Exception as error:
            # By name: the model brings its own class.
            is_users = any(kind.__name__ == "UserError" for kind in type(error).__mro__)
            told = str(error) if is_users else traceback.format_exc()
            reply = {"error": told, "is_users": is_users}
        connection.send(reply)


def end_with(parent: int, seconds: float = 0.5) -> None:
    """End this process when the one that started it has ended, whatever it is doing."""
    while os.getppid() == parent:
        time.sleep(seconds)
    os._exit(1)


def import_without_walk(name: str) -> None:
    """Import a module; skops without all of scikit-learn, and with it torch, which takes seconds.

    It asks for every estimator in order to trust them; our archives say what is to be trusted.
    """
    if name != "skops.io":
        importlib.import_module(name)
        return
    import sklearn.utils

    walk, sklearn.utils.all_estimators = sklearn.utils.all_estimators, list
    try:
        importlib.import_module(name)
    finally:
        sklearn.utils.all_estimators = walk


def load(artifacts: Path) -> Any:
    """Return the model, by its own code."""
    sys.path.insert(0, str(artifacts / "code"))
    module = importlib.import_module("caselab.registry.registered_model")
    model = module.RawRecords()
    model.load(artifacts)
    return model


main()
