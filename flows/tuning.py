"""`python -m flows.tuning`: search a pipeline's settings, and show what to change in params.yaml.

Like a run it brings the view up to date first, holds the run's lock and lends its slots. Knows
nothing of Prefect; flows/tune.py does.
"""

import signal

if __name__ == "__main__":  # Ctrl-C before there is anything to stop ends this without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import math
import re
import threading
from collections.abc import Callable, Sequence

from caselab import numbers
from caselab import params as parameters
from caselab.errors import UserError, tell
from caselab.project import kept, places
from caselab.project.locks import one_run
from caselab.stages import fork_server, process
from caselab.storage import unfinished
from caselab.storage.files import mendable
from caselab.tracking import store
from caselab.tuning import change
from caselab.tuning import tune as tuning
from caselab.tuning.results import Outcome, Wish
from caselab.tuning.search import Budget
from flows import plan as plans
from flows import slots
from flows.command import Patient, leave, stop_with_caller, stopping
from flows.plan import Plan, Request
from flows.progress import Lines
from flows.session import Session

TRIALS = 30
"""What is tried where no limit is given; of a grid all."""

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    console = Patient(highlight=False, soft_wrap=True)

    def say(text: str) -> None:
        console.print(text, markup=False)

    if options.while_stdin:
        threading.Thread(target=stop_with_caller, daemon=True).start()
    cancel = threading.Event()
    try:
        places.enter_root()
        wish = Wish(
            pipeline=options.pipeline,
            sampler=options.sampler,
            budget=budget(options.sampler, options.trials, options.within),
            honest=options.honest,
        )
        if options.write and any(not each.startswith("tuning.") for each in options.overrides):
            raise UserError(
                "--write changes what params.yaml says, and these trials ran with other values: "
                "write those there first, or leave --write out."
            )
        with mendable(), stopping(cancel, say), one_run(say):
            try:
                outcome = carry_out(wish, options.overrides, options.jobs, cancel, say)
            finally:
                unfinished.remove_left_behind()
            tell_of(outcome, say, write=options.write)
    except UserError as error:
        tell(error)
        return 2
    except process.StageStoppedError:
        say("Stopped; the same command goes on from here.")
        return 130
    except process.StageError as error:
        tell(UserError(str(error)))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def carry_out(
    wish: Wish,
    overrides: Sequence[str],
    jobs: int | None,
    cancel: threading.Event,
    say: Callable[[str], None],
) -> Outcome:
    """Bring the pipeline's view up to date, then search; `jobs` trials at once, as many as fit."""
    params = parameters.load(overrides=overrides)
    tuning.space(params, wish)  # what cannot be searched should not wait
    view = params.pipelines[wish.pipeline].view
    plan = plans.make(Request((view,), tuple(overrides), promote=False))
    fork_server.warm({*plan.verbs(), "train"}, kept.seconds())
    if plan.stale:
        _make_view(plan, cancel, say)
    fit = slots.at_once(params.flow.slots, params.flow.stages.train)
    if fit < 1:
        raise UserError(
            "flow.stages.train in params.yaml asks for more than this machine lends; lower it, or "
            "raise flow.slots."
        )
    return tuning.tune(
        params,
        wish,
        plan.dag.opened.key(f"train@{wish.pipeline}"),
        at_once=min(fit, jobs or fit),
        cancel=cancel,
        say=say,
    )


def tell_of(outcome: Outcome, say: Callable[[str], None], *, write: bool) -> None:
    """Say what came of a search, show the change of params.yaml, and write it if asked."""
    for line in summary(outcome):
        say(line)
    if not outcome.diff:
        return
    say(f"\n{outcome.diff}")
    if write:
        change.write(outcome.new)
        say(f"Written; `caselab run {outcome.wish.pipeline}` trains with it.")
    else:
        say("--write writes it into params.yaml.")


def summary(outcome: Outcome) -> list[str]:
    """Say in sentences what was found, how sure that is, and where to look."""
    counts, metric, wish = outcome.counts, outcome.metric.title, outcome.wish
    ended = [f"{counts['complete']} to the end", f"{counts['pruned']} given up on the way"]
    ended += [f"{counts['failed']} failed"] if counts["failed"] else []
    tried = numbers.counted(sum(counts.values()), "trial")
    lines = [f"{wish.pipeline}: {tried} ({', '.join(ended)})."]
    if outcome.best is None:
        return [*lines, "None came to its end; give it more --trials or more time."]
    gain, best = outcome.gain, outcome.best
    lines.append(
        f"{metric} on the folds: {best.value:.5g} with trial {best.number}, "
        f"{outcome.present.value:.5g} with params.yaml as it is."
    )
    if outcome.diff:
        between = f" [{gain.low:+.2g}, {gain.high:+.2g}]" if gain.low == gain.low else ""
        lines.append(f"Gain {gain.value:+.2g}{between}{_verdict(outcome)}.")
    else:
        lines.append("Nothing better was found; params.yaml stays as it is.")
    if outcome.nested is not None:
        optimism = outcome.metric.gain(of=best.value, over=outcome.nested)
        lines.append(
            f"Judged on folds that it had not chosen by, such a search gives {outcome.nested:.5g}: "
            f"the best score above is optimistic by {optimism:.2g}."
            if optimism > 0
            else f"Judged on folds that it had not chosen by, such a search gives "
            f"{outcome.nested:.5g}, no less than the best score above."
        )
    elif outcome.gap > 0:  # nor where it is not known
        lines.append(
            f"The best of so many looks better than it is, by about {outcome.gap:.2g} as the "
            "trials spread; --honest measures it."
        )
    lines.append(f"Trials and pictures: {outcome.folder / 'shown'}")
    if outcome.page:
        lines.append(f"MLflow: {store.page(outcome.page)}")
    return lines


def budget(sampler: str, trials: int | None, within: str | None) -> Budget:
    """Return how much is tried.

    Raises:
        UserError: `within` is no time such as 10m.
    """
    seconds = None
    if within is not None:
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", within.strip())
        if not found or float(found[1]) <= 0:
            raise UserError(f"--within {within} is no time; write it as 90s, 10m or 2h.")
        seconds = float(found[1]) * UNITS[found[2] or "s"]
    if trials is None and seconds is None and sampler != "grid":
        trials = TRIALS
    return Budget(trials, seconds)


def _verdict(outcome: Outcome) -> str:
    if math.isnan(outcome.gain.low):
        return ", of one fold, which tells nothing of noise"
    return ", outside the noise of folds" if outcome.gain.low > 0 else ", within the noise of folds"


def _make_view(plan: Plan, cancel: threading.Event, say: Callable[[str], None]) -> None:
    session = Session(plan, Lines(say), cancel)
    session.carry_out()
    if cancel.is_set():
        raise process.StageStoppedError
    for address, ending in session.endings.items():
        if ending.outcome == "failed":
            raise UserError(f"{address} failed: {ending.why}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m flows.tuning", description=main.__doc__)
    parser.add_argument("pipeline")
    parser.add_argument("--trials", type=int)
    parser.add_argument("--within")
    parser.add_argument("--sampler", choices=("tpe", "random", "grid"), default="tpe")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--honest", action="store_true")
    parser.add_argument("--set", dest="overrides", action="append", default=[])
    parser.add_argument("--while-stdin", action="store_true")
    return parser


if __name__ == "__main__":
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = main()
    except KeyboardInterrupt:
        code = 130
    leave(code)
