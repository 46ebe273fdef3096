"""The typer application, and what its commands have in common: arguments, options, the place."""

import functools
from collections.abc import Callable
from typing import Annotated, Any

import typer

from caselab.cli import completion
from caselab.project import places

app = typer.Typer(
    name="caselab",
    no_args_is_help=True,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)

Targets = Annotated[
    list[str] | None,
    typer.Argument(
        help="Cases, case studies, pipelines or stages; none means all.",
        autocompletion=completion.targets,
    ),
]
Case = Annotated[str, typer.Argument(help="A case of params.yaml.", autocompletion=completion.case)]
Cases = Annotated[
    list[str] | None,
    typer.Argument(help="Cases; none means all.", autocompletion=completion.cases),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override params.yaml for this time: pipelines.churn-mlp.training.learning_rate=0.01",
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        help="Take the values of one of params.yaml's profiles for this time.",
        autocompletion=completion.profiles,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Run also what is up to date.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def command(
    name: str, of: typer.Typer = app, **options: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add a command, to a group `of` some or to all, that works in the project's root.

    It does so wherever in the project it is called.
    """

    def add(body: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(body)
        def in_project(*arguments: Any, **keywords: Any) -> None:
            places.enter_root()
            body(*arguments, **keywords)

        of.command(name, **options)(in_project)
        return body

    return add
