"""serve and score: champions behind HTTP, and on a schedule."""

from collections.abc import Sequence
from pathlib import Path

from caselab import numbers, params
from caselab.cli import tables
from caselab.cli.looking import chosen
from caselab.project import places


def serve(names: Sequence[str], host: str, port: int) -> None:
    """Answer for the champions of cases until Ctrl-C, and print where."""
    from caselab.serving import server  # FastAPI

    parameters = params.load()
    console = tables.console()

    def tell(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    server.serve(parameters, chosen(parameters, names), host, port, tell)


def score(case: str, origin: Path, into: Path | None, database: str | None) -> None:
    """Print how many answers came to those that there were."""
    from caselab.serving import scoring  # pandas

    params.load().known(case)
    folder = into or places.scores(case)
    options = {} if database is None else {"database": database}
    done = scoring.score(case, origin, folder, options)
    left = done.asked - done.answered
    before = f"; {numbers.counted(left, 'record')} had theirs" if left > 0 else ""
    tables.console().print(
        f"{numbers.counted(done.answered, 'answer')} by version {done.version} came into {folder}{before}.",
        markup=False,
    )
