"""A clean process that answers with one registered model. Started by path; imports nothing of ours.

Reads one line of JSON: the model's folder, a Parquet file of raw records, where to write the
answers and where to write the reply. Its arguments are modules to import while it waits.
"""

import contextlib
import importlib
import json
import sys
import traceback
from pathlib import Path
from typing import Any


def main() -> None:
    """Answer one request."""
    import_without_walk("skops.io")
    for name in ("mlflow.pyfunc", "pandas", "pandera.pandas", *sys.argv[1:]):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if line := sys.stdin.readline():
        asked = json.loads(line)
        Path(asked["reply"]).write_text(json.dumps(answer(asked)), encoding="utf-8")


def import_without_walk(name: str) -> None:
    """Import skops without all of scikit-learn, and with it torch, which takes seconds.

    It asks for every estimator in order to trust them; our archives say what is to be trusted.
    """
    import sklearn.utils

    walk, sklearn.utils.all_estimators = sklearn.utils.all_estimators, list
    try:
        importlib.import_module(name)
    finally:
        sklearn.utils.all_estimators = walk


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Write the model's answers; return the modules that it needed, or why there are none."""
    import mlflow.pyfunc
    import pandas as pd

    try:
        model = mlflow.pyfunc.load_model(asked["model"], suppress_warnings=True)
        # Its own contract speaks of bad records in clearer words than MLflow's schema does.
        answers = model.unwrap_python_model().predict(
            None, pd.read_parquet(asked["records"]), asked["params"]
        )
        answers.to_parquet(asked["answers"])
    except Exception as error:
        return {
            "error": str(error),
            # By name: the model brings its own copy of the class.
            "is_users": any(kind.__name__ == "UserError" for kind in type(error).__mro__),
            "trace": traceback.format_exc(),
        }
    return {"modules": sorted(sys.modules)}


main()
