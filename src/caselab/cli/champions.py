"""promote, champion, history, rollback, rebuild, predict: what the registry knows and does."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab import numbers, params
from caselab.cli import tables
from caselab.cli.looking import chosen
from caselab.errors import UserError
from caselab.project import leaderboards, places
from caselab.registry import champions
from caselab.tracking import store

if TYPE_CHECKING:
    import pandas as pd


def show(names: Sequence[str], json: bool) -> None:
    """Print the champions of the cases."""
    found = _champions(names)
    if json:
        tables.print_json({"champions": found})
        return
    crowned = _crowned(names, found)
    columns = ("case", "champion", ">version", ">test", "since", "by", "~why")
    rows = [_reigning(champion) for champion in crowned.values()]
    short = {
        each["pipeline"]: each["pipeline"].removeprefix(f"{c}-") for c, each in crowned.items()
    }
    spare = ("by", "since", "~why")
    tables.console().print(tables.table(columns, rows, spare=spare, short=short))


def history(names: Sequence[str], json: bool) -> None:
    """Print all that happened to the champions of the cases."""
    found = _champions(names)
    if json:
        told = {name: each["history"] if each else [] for name, each in found.items()}
        tables.print_json({"history": told})
        return
    for name, champion in _crowned(names, found).items():
        columns = ("when", "what", "pipeline", ">version", "by", "~why")
        rows = [_happened(event) for event in champion["history"]]
        short = tables.without(f"{name}-", [event["pipeline"] for event in champion["history"]])
        table = tables.table(columns, rows, name, spare=("by",), short=short)
        tables.console().print(table)


def _champions(names: Sequence[str]) -> dict[str, dict[str, Any] | None]:
    return {
        name: champions.champion(name) if names or _may_have_one(name) else None
        for name in chosen(params.load(), names)
    }


def _crowned(
    names: Sequence[str], found: Mapping[str, dict[str, Any] | None]
) -> dict[str, dict[str, Any]]:
    """Return the champions that there are.

    Raises:
        UserError: there is none.
    """
    crowned = {name: champion for name, champion in found.items() if champion}
    if not crowned:
        compared = [name for name in found if places.leaderboard(name).exists()]
        command = " ".join(["caselab run", *names])
        if compared:  # by another clone, say, or the gate has failed
            command = f"caselab promote {compared[0]}"
        raise UserError(f"There is no champion yet; run `{command}`.")
    return crowned


def _may_have_one(case: str) -> bool:
    """Tell whether MLflow is worth asking, which takes seconds: its own file knows what ran here."""
    return store.database() is None or places.leaderboard(case).exists()


def promote(case: str, allow_dirty: bool, again: bool) -> None:
    """Print what the gate decided about the case's best pipeline."""
    from caselab.promotion import promote  # pandas

    parameters = params.load()
    outcome = promote.promote(
        parameters, parameters.known(case), allow_dirty=allow_dirty, again=again
    )
    tables.console().print(f"{outcome.case}: {outcome.what}. {outcome.reason}", markup=False)
    if outcome.what != "unchanged":
        renew_page(parameters, case)


def rollback(case: str) -> None:
    """Print who is champion again."""
    parameters = params.load()
    champion = champions.rollback(parameters.known(case))
    version = f"{champion['pipeline']} (version {champion['version']})"
    tables.console().print(f"{version} is champion of {case} again.", markup=False)
    renew_page(parameters, case)


def rebuild(case: str, version: str, into: Path | None) -> bool:
    """Print whether a version made again has the same bytes, and return it."""
    from caselab.registry import rebuild as rebuilding

    found = rebuilding.rebuild(params.load().known(case), version, into)
    each, console = found.version, tables.console()
    console.print(
        f"Version {each.number} of {case} ({each.pipeline}) was made again in {found.folder}: "
        f"{'every byte is equal.' if found.equal else 'it is another model.'}",
        markup=False,
    )
    if found.differing:
        rows = [(name, *pair) for name, pair in found.differing.items()]
        console.print(tables.table(("file", "MD5 as registered", "now"), rows))
    if found.packages:
        rows = [(name, *pair) for name, pair in found.packages.items()]
        console.print(tables.table(("package", "as registered", "installed"), rows))
    return found.equal


def predict(
    case: str, file: Path, output: Path | None, strict: bool, options: Sequence[str] = ()
) -> None:
    """Write the champion's answers for the records in `file`: to `output`, or as CSV to stdout.

    What was odd about rows stands in their notes, and is counted on stderr in one sentence; if it is
    to be `strict`, nothing is written then.

    `case` may be a study (`movies`) and no case's name: then the records' columns say which of its
    cases they ask.
    `options`, `name=value` each, are those of the case's kind of problem.
    Answers that are lists, such as recommendations, have a line for each item.
    """
    from caselab.data import notes
    from caselab.registry import asking, prediction  # pandas

    parameters = params.load()
    study = [case] if case in parameters.cases else chosen(parameters, [case])
    if output and output.suffix not in (".csv", ".parquet"):
        raise UserError(f"{output} must end in .csv or .parquet.")
    asked = asking.read(file, study)
    name = asking.case_asked(study, asked, file)
    given = dict(map(asking.option, options))
    found = prediction.predict(name, asked, file.name, strict=strict, options=given)
    if said := notes.told(found, file.name, ", and --strict refuses such a file"):
        sys.stderr.write(f"caselab: {said}\n")
    answers = asking.line_by_line(asking.with_names(found, asked, name))
    if output is None:
        answers.to_csv(sys.stdout, index=False)
        return
    _write(answers, output)
    are = "is" if len(answers) == 1 else "are"
    tables.console().print(
        f"{numbers.counted(len(answers), 'answer')} {are} in {output}.", markup=False
    )


def renew_page(parameters: params.Params, case: str) -> None:
    """Let the page of a case tell what was decided now; what hinders it is told and undoes nothing."""
    from caselab.pages import case_page  # Jinja

    if leaderboards.read(case) is None:
        return
    try:
        case_page.publish(parameters, case)
    except (UserError, OSError) as error:  # pictures that were never pulled, say
        tables.console().print(
            f"The page of {case} could not be made ({error}); `caselab report {case}` makes it.",
            markup=False,
        )


def _write(answers: "pd.DataFrame", output: Path) -> None:
    from caselab.storage.files import replacing

    with replacing(output) as part:
        if output.suffix == ".csv":
            answers.to_csv(part, index=False)
        else:
            answers.to_parquet(part, index=False)


def _reigning(champion: Mapping[str, Any]) -> list[Any]:
    score, since = numbers.score(champion["score"]), numbers.minute(champion["when"])
    known = [champion[key] for key in ("case", "pipeline", "version")]
    return [*known, score, since, champion["who"], champion["why"]]


def _happened(event: Mapping[str, Any]) -> list[Any]:
    return [
        numbers.minute(event["when"]),
        *(event[k] for k in ("what", "pipeline", "version", "who", "why")),
    ]
