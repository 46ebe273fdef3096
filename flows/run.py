"""`python -m flows.run`: run what is stale, then promote.

The DAG is asked before Prefect is imported: nothing to do costs nothing.
"""

import signal

if __name__ == "__main__":  # Ctrl-C before there is anything to stop ends this without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import threading
import time
from collections.abc import Sequence

from rich.console import Console

from caselab.cli import looking
from caselab.errors import UserError, tell
from caselab.numbers import counted
from caselab.project import kept, leaderboards, places
from caselab.project.locks import one_run
from caselab.stages import fork_server
from caselab.storage import unfinished
from caselab.storage.files import mendable
from flows import outcomes, scores, summary
from flows import plan as plans
from flows.command import Patient, leave, stop_with_caller, stopping
from flows.plan import Plan, Request
from flows.progress import Display, Lines, Screen, clock
from flows.report import Report
from flows.session import Session


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    request = Request(
        tuple(options.targets),
        tuple(options.overrides),
        options.force,
        options.refresh,
        options.promote,
    )
    console = Patient(highlight=False, soft_wrap=True)

    def wait(note: str) -> None:
        plans.check(request)  # a misspelt name should not wait
        console.print(note, markup=False)

    if options.while_stdin:
        threading.Thread(target=stop_with_caller, daemon=True).start()
    try:
        places.enter_root()
        with mendable(), one_run(wait):
            try:
                plan = plans.make(request)
                if options.dry:
                    return _tell(plan, console)
                return _run(plan, console) if plan.stale else _nothing_to_do(plan, console)
            finally:
                unfinished.remove_left_behind()
    except UserError as error:
        tell(error)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(plan: Plan, console: Console) -> int:
    began, before = time.monotonic(), kept.up()
    fork_server.warm(plan.verbs(), kept.seconds())
    display: Display = Screen(console) if console.is_terminal else Lines(console.out)
    session = Session(plan, display)
    with display, stopping(session.cancel, display.note):
        report = Report(session)
        session.carry_out()
        unreported = report.end()
    console.print(summary.count(session.endings, time.monotonic() - began))
    stopped = session.cancel.is_set()
    if not stopped:
        for case in outcomes.compared(plan, session.endings):
            if board := leaderboards.read(case):
                looking.print_board(looking.with_costs(board))
        scores.show(plan, outcomes.evaluated(plan, session.endings), console)
    if unreported:
        console.print(unreported, markup=False)
    for line in summary.lines(plan, session.endings, session.promotions, stopped):
        console.print(line, markup=False)
    if {server.pid for server in kept.up()} - {server.pid for server in before}:
        console.print(
            f"Prefect's server and the imports stay up for the next run, {clock(kept.seconds())} "
            "at most; `caselab stop` ends them.",
            markup=False,
        )
    return summary.exit_code(session.endings, stopped)


def _tell(plan: Plan, console: Console) -> int:
    for address, reasons in plan.stale.items():
        console.print(f"{address}: {'; '.join(reasons)}", markup=False)
    console.print(f"{len(plan.stale)} of {counted(len(plan.selected), 'stage')} would run.")
    return 0


def _nothing_to_do(plan: Plan, console: Console) -> int:
    all_are = f"all {len(plan.selected)} stages are" if plan.selected[1:] else "the one stage is"
    console.print(f"Nothing to do: {all_are} up to date.")
    for case in summary.without_champion(plan):
        console.print(f"{case} has no champion yet; `caselab promote {case}` asks its gate.")
    if any(places.pending().glob("*")):
        from caselab.tracking import runs

        runs.publish_pending(plan.params)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m flows.run", description=main.__doc__)
    parser.add_argument("targets", nargs="*", help="cases, studies, pipelines or stages; none: all")
    parser.add_argument(
        "--set", dest="overrides", metavar="KEY=VALUE", action="append", default=[],
        help="override params.yaml for this run",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="run also what is up to date")
    parser.add_argument("--refresh", action="store_true", help="fetch the sources anew")
    parser.add_argument(
        "--while-stdin", action="store_true", help="stop, as on Ctrl-C, when stdin closes"
    )
    parser.add_argument("--dry", action="store_true", help="say what would run, and why")
    parser.add_argument(
        "--no-promote", dest="promote", action="store_false", help="leave the champions alone"
    )
    return parser


if __name__ == "__main__":
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = main()
    except KeyboardInterrupt:
        code = 130
    leave(code)
