"""A table of keyword arguments: what each is, may be, and is searched in."""

import ast
import copy
from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from caselab.cli import tables
from caselab.params.checks import GIVEN_BY_BUILD, KNOWN_BY_BUILD
from caselab.params.signatures import Signature


def show(title: str, signature: Signature, given: Mapping[str, Any]) -> None:
    """Print a block's keyword arguments: as given, or their defaults, what is allowed, and tuned."""
    rows = list(_argument_rows(signature, given))
    heads = (title, "~value", "~allowed", "~tuned")[: 3 + any(row[3] for row in rows)]
    if rows:
        tables.console().print(tables.table(heads, [row[: len(heads)] for row in rows]))


def _argument_rows(
    signature: Signature, given: Mapping[str, Any]
) -> Iterator[tuple[str, Text | str, str, str]]:
    given = signature.flattened(given)
    for name, argument in signature.flat().items():
        if name in {*GIVEN_BY_BUILD, *KNOWN_BY_BUILD}:
            continue
        value: Text | str = "" if argument.default is None else ast.unparse(argument.default)
        if name in given:
            value = Text(repr(given[name]), style="bold")
        annotation = _spelled_out(signature, argument.annotation)
        allowed = _fields(signature, annotation) or _allowed(annotation)
        yield name, value, allowed, _tuned(annotation)


def _spelled_out(signature: Signature, annotation: ast.expr | None) -> ast.expr | None:
    """Return an annotation with what a constant's name stands for in place of the name."""

    class Names(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            try:
                return signature.module.home(node.id).constants.get(node.id, node)
            except NameError:
                return node

    return annotation and Names().visit(copy.deepcopy(annotation))


def _fields(signature: Signature, annotation: ast.expr | None) -> str:
    """Return the keys of each block, where an argument is a list of blocks."""
    match annotation:
        case ast.Subscript(
            value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[ast.Name(id=name), *_])
        ):
            if name in signature.module.dataclasses:
                fields = signature.module.signature(name).arguments
                allowed = (
                    f"{field}: {_allowed(each.annotation)}" for field, each in fields.items()
                )
                return f"a list of {{{'; '.join(allowed)}}}"
    return ""


def _allowed(annotation: ast.expr | None) -> str:
    """Return an annotation in shorter words: the choices of a Literal, the limits of a number."""
    match annotation:
        case None:
            return ""
        case ast.BinOp(left=left, right=right):
            return f"{_allowed(left)} | {_allowed(right)}"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=ast.Tuple(elts=choices)):
            return " | ".join(map(ast.unparse, choices))
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choice):
            return ast.unparse(choice)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[kind, *said])):
            limits = [
                ast.unparse(limit)
                for call in said
                if isinstance(call, ast.Call) and not _searched(call)
                for limit in call.keywords
            ]
            return ", ".join([_allowed(kind), *limits])
    return ast.unparse(annotation)


def _tuned(annotation: ast.expr | None) -> str:
    """Return what `caselab tune` tries of an argument, if it does."""
    match annotation:
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[_, *said])):
            return "".join(map(_searched, said))
    return ""


def _searched(said: ast.expr) -> str:
    """Return a range or a choice in words; nothing of what is neither."""
    match said:
        case ast.Call(func=ast.Name(id="Between"), args=[low, high], keywords=more):
            log = any(each.arg == "log" for each in more)
            return f"{ast.unparse(low)} to {ast.unparse(high)}{', log' * log}"
        case ast.Call(func=ast.Name(id="OneOf"), args=choices):
            return " | ".join(map(ast.unparse, choices))
    return ""
