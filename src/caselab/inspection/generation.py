"""Propose a case that writes: which column holds texts, and which what is to be written for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from caselab.data import conversions
from caselab.errors import UserError
from caselab.inspection import parts, pipelines, roles, sizes
from caselab.inspection.columns import Profile
from caselab.inspection.proposal import Proposal, with_id
from caselab.inspection.sizes import Size
from caselab.inspection.wishes import Wishes, read

FOLDS = 10
"""One of which is held out, once: networks that write learn for minutes."""


def propose(
    name: str, source: Mapping[str, Any], records: pd.DataFrame, wishes: Wishes
) -> tuple[Proposal, pd.DataFrame]:
    """Return a case that writes a text for a text, and the records with the ids that its source will add.

    Raises:
        UserError: the target or all other columns hold no texts, or a column that is asked for cannot
            be what it should be.
    """
    profiles, target = read(records, wishes)
    assert target is not None  # else it is refused
    given = _given(profiles, target)
    source, records, id_ = with_id(source, records, profiles, wishes, target)
    by = "time" if wishes.time else "group" if wishes.group else "hash"
    ids = conversions.to_text(records[id_])[0][records[target].notna()]
    split = parts.split(name, ids, None, by)
    rows, _ = parts.of_train(name, ids, None, split)
    view, whole = f"{name}-text", {"whole_groups": True} if wishes.group else {}
    proposal = Proposal(
        name=name,
        source=source,
        columns=roles.only(given, roles.assign(profiles, records, target, id_, wishes)),
        rows=len(records),
        problem="generation",
        metric="chrf",
        target=target,
        id=id_,
        split=split,
        validation={"kind": "holdout", "folds": FOLDS, **whole},
        views={view: {"case": name, "view": "text", "column": given}},
        pipelines={
            f"{name}-{choice.architecture}": {
                "case": name,
                "view": view,
                "architecture": choice.architecture,
                "features": dict(choice.features),
                **sizes.settings(choice.architecture, "generation", Size(rows, rows)),
                "refit": False,
            }
            for choice in pipelines.suited("text", "generation", len(records), pipelines.ALL)
        },
        time=wishes.time,
        group=wishes.group,
    )
    return proposal, records


def _given(profiles: Mapping[str, Profile], target: str) -> str:
    """Return the first column of texts beside the target.

    Raises:
        UserError: there is none, or the target holds no texts.
    """
    texts = [each.name for each in profiles.values() if each.kind == "text"]
    if target not in texts or len(texts) < 2:
        lacking = "the target" if target not in texts else "any other column"
        raise UserError(
            f"A text is written for a text, but {lacking} holds none; name the column of what is to be "
            f"written with --target ({target!r} is named), and give a row for each pair of texts."
        )
    return next(each for each in texts if each != target)
