"""What an answer of churn's registered model costs: one row, and all 7,043.

    python -m benchmarks.prediction                        # the champion
    python -m benchmarks.prediction before=FOLDER now=FOLDER    # folders of registered models

Each model runs the code it was registered with, in a clean process, and is asked by one thread.
Milliseconds are the median of many calls, of the processor but for MLflow's:

* model: inside the loaded model, from raw records to answers;
* check: the part of it that holds the records against the contract and puts them into its types;
* pipeline: the part that is scikit-learn's, from the view to probabilities;
* mlflow: what plain MLflow adds, by the clock: its schema, and the way to the model's process and back.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks/results/prediction.json"
TELCO = ROOT / "src/caselab/sources/telco.parquet"
PARTS = ("model", "check", "pipeline", "mlflow")

ASK = """
import json, pathlib, statistics, sys, time
import mlflow.pyfunc, pandas as pd, threadpoolctl
threadpoolctl.threadpool_limits(1)
pyfunc = mlflow.pyfunc.load_model(sys.argv[1], suppress_warnings=True)
telco = pd.read_parquet(sys.argv[2]).drop(columns="churn")
artifacts = pathlib.Path(sys.argv[1], "artifacts")
sys.path.insert(0, str(artifacts / "code"))
from caselab.data import raw_records
from caselab.registry.registered_model import RawRecords
model = RawRecords()
model.load(artifacts)

def milliseconds(call, times, clock=time.process_time):
    call()
    taken = []
    for _ in range(times):
        start = clock()
        call()
        taken.append(clock() - start)
    return round(1000 * statistics.median(taken), 2)

found = {}
for name, rows, times in (("1 row", telco.head(1), 200), ("7,043 rows", telco, 9)):
    shown = raw_records.rows(rows, model.case, model.view).X
    by_model = milliseconds(lambda: model.predict(rows), times)
    by_mlflow, alone = (
        milliseconds(lambda: each.predict(rows), times, time.perf_counter) for each in (pyfunc, model)
    )
    found[name] = {
        "model": by_model,
        "check": milliseconds(lambda: model.contract.judge(rows, absent=model.case.unasked), times),
        "pipeline": milliseconds(lambda: model.problem.answer(model.pipeline, shown), times),
        "mlflow": round(by_mlflow - alone, 2),
    }
json.dump(found, sys.stdout)
"""


def main(
    models: Annotated[list[str] | None, typer.Argument(help="NAME=FOLDER of each.")] = None,
) -> None:
    """Ask each model, and print its milliseconds."""
    folders = dict(each.split("=", 1) for each in models or []) or {"champion": champion()}
    found = {name: asked(folder) for name, folder in folders.items()}
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    shown = Table("model", "asked", *PARTS, title="milliseconds of the processor")
    for name, sizes in found.items():
        for rows, parts in sizes.items():
            shown.add_row(name, rows, *(f"{parts[part]:g}" for part in PARTS))
    Console().print(shown)


def champion() -> str:
    """Return the folder of churn's champion."""
    from caselab.registry import champions

    present = champions.champion("churn")
    if present is None:
        raise champions.no_champion("churn")
    return str(champions.place(present))


def asked(folder: str) -> dict[str, dict[str, float]]:
    """Return milliseconds by rows and part, of a model in a clean process."""
    command = [sys.executable, "-I", "-c", ASK, folder, str(TELCO)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    typer.run(main)
