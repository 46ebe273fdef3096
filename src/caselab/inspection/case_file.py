"""A proposal as the file of a case: Python that a person would write, and may edit."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from caselab.data.series import AHEAD, ORIGIN, TIME
from caselab.data.series import SERIES as SERIES_NAME
from caselab.inspection import contract
from caselab.inspection.expressions import (
    Group,
    Node,
    call,
    lines,
    listed,
    literal,
    one_by_one,
    quoted,
)
from caselab.inspection.moments import Moments
from caselab.inspection.proposal import Proposal

HEAD = '''"""{summary}

Proposed by `caselab new` from {rows:,} rows; yours to edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caselab.cases import Case

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa
'''

NO_REPAIR = '''

def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Repair nothing: how to fill what is missing is learned by each pipeline."""
    return records, {}
'''

REPAIR = '''

def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Leave out rows from which nothing can be learned."""
    if TARGET not in records:  # a question
        return records, {{}}
{bodies}
{returned}
'''

OF_TAGS = '''

def clean(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Repair sentences, and leave out what has not one tag for each word."""
{returned}
'''

SERIES = """

rows = TimeSeries(
{arguments}
)
"""


def text(proposal: Proposal) -> str:
    """Return the file's content."""
    head = HEAD.format(summary=_summary(proposal), rows=proposal.rows)
    if proposal.moments is not None:
        parts = [_importing(head, "series import ORIGIN, TimeSeries"), contract.text(proposal)]
        return "".join([*parts, NO_REPAIR, _series(proposal, proposal.moments), _case(proposal)])
    if proposal.problem == "tagging":
        parts = [_importing(head, "tagged import repair"), contract.text(proposal)]
        return "".join([*parts, _of_tags(proposal), _case(proposal)])
    parts = [head, _constants(proposal), contract.text(proposal), _clean(proposal)]
    return "".join([*parts, _case(proposal)])


def _importing(head: str, what: str) -> str:
    """Return a head that imports from a file of `data/`, too."""
    case = "from caselab.cases import Case\n"
    return head.replace(case, f"{case}from caselab.data.{what}\n")


def _of_tags(proposal: Proposal) -> str:
    (sentence,), (tags,) = proposal.named("seen"), proposal.named("target")
    arguments = call("repair", "records", quoted(sentence.name), quoted(tags.name))
    return OF_TAGS.format(returned="\n".join(lines(arguments, 1, "return ")))


def _summary(proposal: Proposal) -> str:
    target = str(proposal.target).replace("\\", "/").replace('"', "'")
    told = f"Predict {target!r} from {_origin(proposal)}"
    if proposal.problem == "forecasting":
        told = f"Forecast {target!r} of {_origin(proposal)}"
    if proposal.problem == "generation":
        told = f"Write {target!r} for what {_origin(proposal)} gives"
    if proposal.problem == "tagging":
        told = f"Tag each word of {_origin(proposal)} by {target!r}"
    if proposal.problem == "anomalies":
        told = f"Find what is out of the ordinary in {_origin(proposal)}"
    return textwrap.shorten(told, 90, placeholder=" …") + "."


def _origin(proposal: Proposal) -> str:
    return str(proposal.source["origin"]).rstrip("/").rpartition("/")[2]


def _question(proposal: Proposal) -> str:
    kind = "row"
    if proposal.source["origin"].endswith(".sql"):
        kind = "row of the query"
    elif proposal.id == "path":
        kind = "picture" if any(c.profile.kind == "picture" for c in proposal.columns) else "text"
    if proposal.moments is not None:
        return f"What are the next {proposal.moments.horizon:,} values of {proposal.target!r}?"
    if proposal.problem == "tagging":
        return f"Which of the {proposal.target!r} has each word of a sentence?"
    if proposal.problem == "anomalies":
        return f"Is a {kind} out of the ordinary?"
    if proposal.positive is not None:
        return f"Is the {proposal.target!r} of a {kind} {proposal.positive!r}?"
    return f"What is the {proposal.target!r} of a {kind}?"


def _constants(proposal: Proposal) -> str:
    found = []
    if _repairs(proposal):
        found += lines(quoted(str(proposal.target)), 0, "TARGET = ")
    if proposal.rare:
        found += lines(listed(map(quoted, proposal.rare)), 0, "RARE = ")
        found.append('"""Classes of too few rows to be learned and tested."""')
    return "\n" + "\n".join(found) + "\n" if found else ""


def _repairs(proposal: Proposal) -> bool:
    return any(target.profile.missing or proposal.rare for target in proposal.named("target"))


def _clean(proposal: Proposal) -> str:
    if not _repairs(proposal):
        return NO_REPAIR
    (target,) = proposal.named("target")
    masks: dict[str, tuple[str, str]] = {}
    if target.profile.missing:
        masks["unknown"] = ("records[TARGET].isna()", "no target")
    if proposal.rare:
        masks["rare"] = ("records[TARGET].isin(RARE)", "a class of too few rows")
    kept = f"records[{' & '.join(f'~{name}' for name in masks)}]"
    reasons = {why: f"int({name}.sum())" for name, (_, why) in masks.items()}
    counts = Group("{", tuple((f"{quoted(why)}: ", node) for why, node in reasons.items()), "}")
    return REPAIR.format(
        bodies="\n".join(f"    {name} = {code}" for name, (code, _) in masks.items()),
        returned="\n".join(lines(counts, 1, f"return {kept}, ")),
    )


def _series(proposal: Proposal, moments: Moments) -> str:
    arguments: dict[str, Node] = {
        "value": quoted(str(proposal.target)),
        "step": quoted(moments.step),
        "horizon": literal(moments.horizon),
        "season": literal(moments.season),
        "window": literal(moments.window),
        "contract": "contract",
        "time": quoted(str(proposal.time)),
    }
    if proposal.group is not None:
        arguments["series"] = quoted(proposal.group)
    body = one_by_one([(f"{key}=", value) for key, value in arguments.items()], 1)
    return SERIES.format(arguments="\n".join(body))


def _case(proposal: Proposal) -> str:
    views = list(dict.fromkeys(view["view"] for view in proposal.views.values()))
    fields: dict[str, Any] = {
        "name": proposal.name,
        "title": proposal.name.replace("_", " ").capitalize(),
        "question": _question(proposal),
        "problem": proposal.problem,
        "metric": proposal.metric,
        "id": proposal.id,
        "target": proposal.target,
        "positive": proposal.positive,
    }
    arguments: dict[str, Node] = {key: literal(value) for key, value in fields.items()}
    arguments |= {"views": _tuple(views), "contract": "contract", "clean": "clean"}
    if proposal.moments is not None:
        arguments |= {"target": quoted(AHEAD), "time": quoted(TIME)}
        arguments |= {"series": quoted(SERIES_NAME)} if proposal.group else {}
        arguments |= {"aggregate": "rows.aggregate", "ask": "rows.ask", "past": "True"}
        arguments["optional"] = _tuple([ORIGIN])
    else:
        for key in ("group", "time", "official"):
            if (value := getattr(proposal, key)) is not None:
                arguments[key] = quoted(value)
        if proposal.group is not None:
            arguments["hidden"] = _tuple([proposal.group])
    body = one_by_one([(f"{key}=", value) for key, value in arguments.items()], 1)
    comment = "".join(f"# {line}\n" for line in _left_out(proposal))
    return "\n\n" + comment + "case = Case(\n" + "\n".join(body) + "\n)\n"


def _tuple(words: Sequence[str]) -> Node:
    return f"({', '.join(map(quoted, words))}{',' * (len(words) == 1)})"


def _left_out(proposal: Proposal) -> list[str]:
    told = [
        f"{quoted(each.name)}: {each.note}"
        for each in proposal.named("left out")
        if each.name.isprintable()
    ]
    if not told:
        return []
    return textwrap.wrap(f"Not in the contract, so no model sees them. {'; '.join(told)}.", 95)
