"""The pages on which a case is tried by hand: all in one file, which asks no other server."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Template

from caselab.templates import template

if TYPE_CHECKING:
    from caselab.serving.served import Served

LONG = 40
"""Signs of an example's text from which on a box of several lines is offered."""


def index(served: Mapping[str, Served]) -> str:
    """Return the page that names the cases."""
    return _template("index.html").render(served=served)


def case(served: Served, *, guarded: bool) -> str:
    """Return the page of a case; where it is `guarded` it asks for the token."""
    example = dict(served.example or {})
    asked = [field for field in served.fields if field.required]
    more = [field for field in served.fields if not field.required and field.name != served.case.id]
    told = {
        field.name: {"kind": field.kind, "nullable": field.nullable} for field in (*asked, *more)
    }
    return _template("case.html").render(
        case=served.case,
        worker=served.champion.worker if served.is_ready else None,
        problem=served.champion.problem,
        asked=asked,
        more=more,
        example=example,
        long={f.name for f in asked if len(str(example.get(f.name) or "")) > LONG},
        about={"case": served.case.name, "fields": told, "guarded": guarded},
        guarded=guarded,
    )


@cache
def _template(name: str) -> Template:
    return template("caselab.serving", name)
