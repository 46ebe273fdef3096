"""serve: champions behind HTTP."""

from collections.abc import Sequence

from caselab import params
from caselab.cli import tables
from caselab.cli.looking import chosen
from caselab.serving import server


def serve(names: Sequence[str], host: str, port: int) -> None:
    """Answer for the champions of cases until Ctrl-C, and print where."""
    parameters = params.load()
    console = tables.console()

    def tell(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    server.serve(parameters, chosen(parameters, names), host, port, tell)
