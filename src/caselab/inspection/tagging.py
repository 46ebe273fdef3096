"""Propose a case that tags: which column holds sentences, and which a tag for each of their words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from caselab.data import conversions, tagged
from caselab.errors import UserError
from caselab.inspection import parts, pipelines, roles
from caselab.inspection.columns import Profile
from caselab.inspection.proposal import Proposal, with_id
from caselab.inspection.wishes import Wishes, read

LEAST_FITTING = 0.5
"""Share of rows in which a column has one word for each tag, if it holds the sentences."""


def propose(
    name: str, source: Mapping[str, Any], records: pd.DataFrame, wishes: Wishes
) -> tuple[Proposal, pd.DataFrame]:
    """Return a case that gives each word a tag, and the records with the ids that its source will add.

    Raises:
        UserError: no column holds the sentences that the target's tags are of, or a column that is
            asked for cannot be what it should be.
    """
    profiles, target = read(records, wishes)
    assert target is not None  # else it is refused
    sentences = _sentences(records, profiles, target, wishes)
    source, records, id_ = with_id(source, records, profiles, wishes, target)
    by = "time" if wishes.time else "group" if wishes.group else "hash"
    ids = conversions.to_text(records[id_])[0]
    split = parts.split(name, ids, None, by)
    rows, rarest = parts.of_train(name, ids, None, split)
    view = f"{name}-sentences"
    options = {} if sentences == "text" else {"column": sentences}
    proposal = Proposal(
        name=name,
        source=source,
        columns=roles.only(sentences, roles.assign(profiles, records, target, id_, wishes)),
        rows=len(records),
        problem="tagging",
        metric="accuracy",
        target=target,
        id=id_,
        split=split,
        validation=parts.validation(by, rows, rarest, classes=False),
        views={view: {"case": name, "view": "sentences", **options}},
        pipelines={
            f"{name}-{choice.architecture.replace('_', '-')}": {
                "case": name,
                "view": view,
                "architecture": choice.architecture,
            }
            for choice in pipelines.suited("sentences", "tagging", len(records), pipelines.ALL)
        },
        time=wishes.time,
        group=wishes.group,
    )
    return proposal, records


def _sentences(
    records: pd.DataFrame, profiles: Mapping[str, Profile], target: str, wishes: Wishes
) -> str:
    """Return the column with one word for each tag in most rows.

    Raises:
        UserError: there is none.
    """
    told = records[target].notna()
    n_tags = conversions.to_text(records.loc[told, target])[0].map(lambda tags: len(tags.split()))
    shares = {}
    for each in profiles.values():
        if each.kind in ("text", "code", "category") and each.name not in (target, wishes.group):
            texts = conversions.to_text(records.loc[told, each.name])[0].fillna("")
            n_words = texts.map(lambda sentence: len(tagged.words(sentence)))
            shares[each.name] = float((n_words == n_tags).mean())
    best = max(shares, key=shares.__getitem__, default=None)
    if best is None or shares[best] < LEAST_FITTING or (n_tags < 2).all():
        nearest = f"; {best!r} has in {shares[best]:.0%} of the rows" if best is not None else ""
        raise UserError(
            f"No column holds sentences with one word for each tag of {target!r}{nearest}. Give a row "
            "for each sentence, its words and signs between spaces in one column, and as many tags "
            "between spaces in the one that --target names."
        )
    return best
