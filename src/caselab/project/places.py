"""Where everything lies, relative to the current folder, which is the project's root."""

import os
from pathlib import Path

from caselab.errors import UserError
from caselab.project import addresses

MARKS = ("dvc.yaml", "params.yaml")
"""The files by which a folder is known as a project's root."""

STATE = Path(".caselab")
"""The folder of what is neither code nor result: logs, checkpoints, caches, memory of MLflow."""


def find_root(start: Path | None = None) -> Path:
    """Return the nearest folder upward from `start` (the current one) that is a project.

    Raises:
        UserError: there is none.
    """
    start = (start or Path()).resolve()
    if root := project_of(start):
        return root
    raise UserError(
        f"{start} lies in no caselab project: no folder from there upward holds "
        f"{' and '.join(MARKS)}; change into one."
    )


def project_of(folder: Path) -> Path | None:
    """Return the nearest folder upward from an absolute one that is a project, if there is one."""
    for each in (folder, *folder.parents):
        if all((each / mark).is_file() for mark in MARKS):
            return each
    return None


def enter_root() -> Path:
    """Make the project's root the current folder, as all these paths expect."""
    root = find_root()
    os.chdir(root)
    return root


def imports() -> Path:
    """Return the folder of the lists of files that code comes from."""
    return Path("data/imports")


def raw(source: str) -> Path:
    """Return the folder of a source's records as they came."""
    return Path("data/raw", source)


def prepared(case: str) -> Path:
    """Return the folder that holds `train` and `test` of a case, checked and cleaned."""
    return Path("data/prepared", case)


def features(view: str) -> Path:
    """Return the folder that holds `train` and `test` as a view shows them."""
    return Path("data/features", view)


def model(case: str, pipeline: str) -> Path:
    """Return the folder of a pipeline's fitted model and its out-of-fold answers.

    A blend depends on all models of its case, so that its own lies with its report; every model's
    folder has the pipeline's name.
    """
    if addresses.is_blend(pipeline):
        return report(case, pipeline) / "model" / pipeline
    return Path("models", case, pipeline)


def report(case: str, pipeline: str) -> Path:
    """Return the folder of a pipeline's metrics, plots and predictions on test."""
    return Path("reports", case, pipeline)


def leaderboard(case: str) -> Path:
    """Return the folder of a case's leaderboard."""
    return Path("leaderboards", case)


def page(case: str) -> Path:
    """Return the file of a case's page, which no stage leaves."""
    return leaderboard(case) / "report.html"


def requests(case: str) -> Path:
    """Return the folder of what the server of a case was asked and answered, a folder a day."""
    return Path("requests", case)


def scores(case: str) -> Path:
    """Return the folder of answers to what was scored on a schedule."""
    return Path("scores", case)


def checkpoints(key: str) -> Path:
    """Return the folder a killed training goes on from; `key` is the stage's."""
    return STATE / "checkpoints" / key


def log(name: str) -> Path:
    """Return the file of what a process said: a stage's (`train@churn-mlp`), a server's."""
    return STATE / "logs" / f"{name}.log"


def unfinished() -> Path:
    """Return the folder of files and folders that are not whole yet."""
    return STATE / "unfinished"


def former_report(pipeline: str) -> Path:
    """Return the folder of what a pipeline's report said before it was evaluated again."""
    return STATE / "former" / pipeline


def searches() -> Path:
    """Return the folder of searches of pipelines' settings, a folder each: trials, pictures."""
    return STATE / "tuning"


def strays() -> Path:
    """Return the folder of what lay among stages' outputs and was none."""
    return STATE / "strays"


def durations() -> Path:
    """Return the file of the seconds that stages took."""
    return STATE / "durations.json"


def parsed_imports() -> Path:
    """Return the file that says what each file of code imports, as it was when last parsed."""
    return STATE / "parsed-imports.json"


def last_look() -> Path:
    """Return the file that remembers which stages were stale."""
    return STATE / "last-look.json"


def run_lock() -> Path:
    """Return the file that a run holds while it is at work in the project."""
    return STATE / "run.lock"


def kept(name: str) -> Path:
    """Return what the files of a server are named by that is kept up between runs."""
    return STATE / "kept" / name


def promotion_lock(case: str) -> Path:
    """Return the file whose holder may change the champion of a case."""
    return STATE / "locks" / f"promote-{case}"


def mlflow_page() -> Path:
    """Return the file that remembers where MLflow's page was served last."""
    return STATE / "mlflow-page"


def run_reference(pipeline: str) -> Path:
    """Return the file that remembers where MLflow has a pipeline's run."""
    return STATE / "runs" / f"{pipeline}.json"


def pending() -> Path:
    """Return the folder of runs that wait for MLflow, a folder each."""
    return STATE / "pending"


def champion(case: str) -> Path:
    """Return the file that remembers which version the registry has as a case's champion."""
    return STATE / "champions" / f"{case}.json"


def looks_at_test_rows(case: str) -> Path:
    """Return the file with a line for every look at a case's test rows."""
    return STATE / "looks" / f"{case}.jsonl"


def watched(case: str) -> Path:
    """Return the folder of what is known of a case's watches: its page, what was learned from."""
    return STATE / "watching" / case


def labels(case: str) -> Path:
    """Return the file of what came true of requests; nothing else holds it."""
    return Path("labels", f"{case}.parquet")


def retraining_lock(case: str) -> Path:
    """Return the file whose holder may retrain a case."""
    return STATE / "locks" / f"retrain-{case}"


def registered(case: str, version: int) -> Path:
    """Return the folder of a version that was fetched from a registry elsewhere."""
    return STATE / "registered" / case / str(version)


def rebuilt(case: str, version: int) -> Path:
    """Return the folder in which a version is made again."""
    return STATE / "rebuilt" / f"{case}-{version}"


def refitted(pipeline: str) -> Path:
    """Return where a rebuild leaves a pipeline that is fitted on all rows."""
    return STATE / "refitted" / pipeline


def checkout(schedule: str) -> Path:
    """Return the folder of a schedule's own checkout of the repository."""
    return STATE / "checkouts" / schedule


def shared() -> tuple[Path, ...]:
    """Return the folders that are one for all checkouts: of the registry, of requests, and runs that wait."""
    return (
        champion("any").parent,
        promotion_lock("any").parent,
        looks_at_test_rows("any").parent,
        searches(),
        watched("any").parent,
        labels("any").parent,
        pending(),
        registered("any", 1).parents[1],
        requests("any").parent,
    )
