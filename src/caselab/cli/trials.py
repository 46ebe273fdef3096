"""trial: a registered version in production against the champion."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from caselab import numbers, params
from caselab.cli import tables
from caselab.errors import UserError

if TYPE_CHECKING:
    from caselab.trials.standing import Side


def start(case: str, version: str, share: str | None, shadow: bool) -> None:
    """Print which version is tried from now on, and how."""
    part = _share(share, shadow)
    from caselab.trials import course  # pandas

    event = course.start(params.load().known(case), version, part)
    tables.console().print(
        f"{event.pipeline} (version {event.version}) is on trial, {event.why}. `caselab trial show "
        f"{case}` tells how it stands; a server takes it over by itself.",
        markup=False,
    )


def show(case: str, json: bool) -> None:
    """Print what both versions answered, how fast, and the gain."""
    from caselab.trials import standing

    parameters = params.load()
    found = standing.of(parameters, parameters.known(case))
    if json:
        told = asdict(found) | {"labelled": found.labelled, "verdict": found.verdict}
        tables.print_json(told)
        return
    console = tables.console()
    how = "in the shadow" if found.share == 0 else f"for {numbers.percent(found.share)} of the ids"
    console.print(
        f"{case}: version {found.challenger.version} ({found.challenger.pipeline}) is on trial {how} "
        f"since {numbers.minute(found.since)}.",
        markup=False,
    )
    heads: tuple[str, ...] = ("", "version", "pipeline", ">records", ">median", ">99%", ">labelled")
    sides = {"champion": found.champion, "challenger": found.challenger}
    rows = [_side(role, side) for role, side in sides.items()]
    console.print(tables.table((*heads, f">{found.metric}"), rows))
    if found.answers:
        beside = [(a.name, a.before, a.now, numbers.percent(a.effect)) for a in found.answers]
        heads = ("answers", "~of the champion", "~of the challenger", ">elsewhere")
        console.print(tables.table(heads, beside))
    verdict = f"{found.verdict[0].upper()}{found.verdict[1:]}."
    if found.gain is not None:
        chance = numbers.percent(1 - found.confidence)
        verdict += f" Look as often as you like: in {chance} of trials at most this ever errs."
    console.print(verdict, markup=False)


def stop(case: str, promote: bool) -> None:
    """Print what came of the trial."""
    from caselab.cli.champions import renew_page
    from caselab.trials import course

    parameters = params.load()
    stopped = course.stop(parameters, parameters.known(case), promote=promote)
    tables.console().print(stopped.sentence, markup=False)
    if stopped.promoted:
        renew_page(parameters, case)


def _share(share: str | None, shadow: bool) -> float:
    """Return the share of the ids that a version answers; 0 in the shadow."""
    if shadow == (share is not None):
        raise UserError("Say either --share, such as --share 10%, or --shadow.")
    if share is None:
        return 0.0
    try:
        part = float(share.removesuffix("%")) / 100 if share.endswith("%") else float("nan")
    except ValueError:
        part = float("nan")
    if not 0 < part < 1:
        raise UserError(
            f"--share {share} is no share of the ids; write one above 0% and below 100%, such as 10%."
        )
    return part


def _side(role: str, side: "Side") -> tuple[str, ...]:
    return (
        role,
        str(side.version),
        side.pipeline,
        f"{side.records:,}",
        _milliseconds(side.latency["median"]),
        _milliseconds(side.latency["p99"]),
        f"{side.labelled:,}",
        "" if side.value is None else numbers.number(side.value),
    )


def _milliseconds(value: float) -> str:
    return "" if value != value else f"{value:.1f} ms"
