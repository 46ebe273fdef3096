"""Online Retail II, and a table ten times as long: seconds and memory of prepare and featurize.

    python -m benchmarks.retail

The longer table repeats the lines with other customers and other invoices, so that ten times as
many customers buy as much each. Every stage runs in a process of its own, on one thread, and tells
its seconds and its peak of memory as the system counts them.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from caselab import sources

ROOT = Path(__file__).parents[1]
RESULT = Path(__file__).parent / "results" / "retail.json"
CASE, VIEW, TIMES = "segments", "segments-table", 10
LIMITS = {1: (60.0, 2.0), TIMES: (None, 6.0)}  # seconds, GiB
MOST_RATIO = 11.0


def main() -> None:
    """Measure both tables, print them beside the limits, and keep the numbers."""
    records = sources.records(sources.load("src/caselab/sources/online_retail.py"))
    found: dict[int, dict[str, Any]] = {}
    for times in (1, TIMES):
        with tempfile.TemporaryDirectory() as folder:
            write(records, times, Path(folder))
            stages = {verb: measured(verb, Path(folder)) for verb in ("prepare", "featurize")}
        found[times] = {
            "lines": len(records) * times,
            "seconds": round(sum(each["seconds"] for each in stages.values()), 1),
            "cpu_seconds": round(sum(each["cpu_seconds"] for each in stages.values()), 1),
            "gib": round(max(each["gib"] for each in stages.values()), 2),
            "stages": stages,
        }
    ratio = found[TIMES]["cpu_seconds"] / found[1]["cpu_seconds"]  # whatever else runs meanwhile
    RESULT.parent.mkdir(exist_ok=True)
    result = {"tables": list(found.values()), "ratio": round(ratio, 1)}
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    show(found, ratio)


def write(records: pd.DataFrame, times: int, folder: Path) -> None:
    """Leave a project in a folder: our params.yaml, and the raw lines so many times over."""
    for name in ("params.yaml", "dvc.yaml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    place = folder / "data/raw/online_retail"
    place.mkdir(parents=True)
    schema = pa.Table.from_pandas(records.head(1000), preserve_index=False).schema
    with pq.ParquetWriter(place / "records.parquet", schema) as file:
        for number in range(times):
            mark = f"{number:02}" if number else ""
            copy = records.assign(
                customer_id=records["customer_id"] + mark, invoice=records["invoice"] + mark
            )
            file.write_table(
                pa.Table.from_pandas(copy, schema=schema, preserve_index=False),
                row_group_size=100_000,
            )


def measured(verb: str, folder: Path) -> dict[str, float]:
    """Run a stage's body in a fresh process; return its seconds and its peak of memory."""
    name = CASE if verb == "prepare" else VIEW
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"), "1")
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.retail", verb, name, str(folder)],
        cwd=ROOT,
        env={**os.environ, **threads},
        check=True,
        capture_output=True,
        text=True,
    )
    numbers: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return numbers


def stage(verb: str, name: str, folder: str) -> None:
    """Run one stage's body here, and print what it took, imports and all."""
    began = time.perf_counter()
    os.chdir(folder)
    from caselab import params
    from caselab.stages import featurize, prepare

    {"prepare": prepare, "featurize": featurize}[verb].run(params.load(ROOT), name)
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    numbers = {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "gib": round(used.ru_maxrss / 2**20, 2),
    }
    print(json.dumps(numbers))


def show(found: dict[int, dict], ratio: float) -> None:
    """Print the numbers beside their limits."""
    table = Table(
        "lines", "prepare s", "featurize s", "both s", "processor s", "limit", "peak GiB", "limit"
    )
    for times, numbers in found.items():
        seconds, gib = LIMITS[times]
        table.add_row(
            f"{numbers['lines']:,}",
            f"{numbers['stages']['prepare']['seconds']:.1f}",
            f"{numbers['stages']['featurize']['seconds']:.1f}",
            f"{numbers['seconds']:.1f}",
            f"{numbers['cpu_seconds']:.1f}",
            f"{seconds:.0f}" if seconds else f"{MOST_RATIO:.0f} times; {ratio:.1f} taken",
            f"{numbers['gib']:.2f}",
            f"{gib:.0f}",
        )
    Console().print(table)


if __name__ == "__main__":
    stage(*sys.argv[1:]) if len(sys.argv) > 1 else main()
