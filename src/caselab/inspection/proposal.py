"""Propose a case for a table: what is asked, by which columns, how rows are split, who competes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from caselab.data import conversions
from caselab.errors import UserError
from caselab.inspection import classes, notes, parts, pictures, pipelines, roles, sizes
from caselab.inspection.columns import Profile
from caselab.inspection.moments import Moments
from caselab.inspection.roles import FEW_NUMBERS, Role, Used
from caselab.inspection.sizes import Size
from caselab.inspection.wishes import Wishes, read
from caselab.params.signatures import BLEND, estimator_file, module
from caselab.project import addresses
from caselab.sources.own import identities

ROW_ID = "row_id"


LEAST_BLENDED = 3
"""Pipelines of a view, the baseline among them: of fewer there is little to average."""


@dataclass(frozen=True)
class Proposal:
    """A case that is not written yet."""

    name: str
    source: dict[str, Any]  # the block
    columns: tuple[Used, ...]
    rows: int
    problem: str
    metric: str
    target: str | None
    id: str
    split: dict[str, Any]
    validation: dict[str, Any]
    views: dict[str, dict[str, Any]]
    pipelines: dict[str, dict[str, Any]]
    positive: str | None = None
    classes: tuple[str, ...] = ()  # that are learned
    rare: tuple[str, ...] = ()  # classes of too few rows
    time: str | None = None
    group: str | None = None
    official: str | None = None
    moments: Moments | None = None  # of series that are forecast
    notes: tuple[str, ...] = ()

    @property
    def blends(self) -> dict[str, dict[str, Any]]:
        """Blocks of blends: one a view of which more than two pipelines learn, beside the baseline."""
        if self.problem not in module(estimator_file(BLEND)).functions:
            return {}
        seen = Counter(block["view"] for block in self.pipelines.values())
        names = {view: self.name if len(self.views) == 1 else view for view in self.views}
        return {
            f"{names[view]}{addresses.ENDING}": {"case": self.name, "view": view}
            for view in self.views
            if seen[view] > LEAST_BLENDED
        }

    def named(self, role: Role) -> list[Used]:
        """Return the columns of a role."""
        return [column for column in self.columns if column.role == role]


def propose(
    name: str, source: Mapping[str, Any], records: pd.DataFrame, wishes: Wishes
) -> tuple[Proposal, pd.DataFrame]:
    """Return a case for these records, and the records with the ids that its source will add.

    Raises:
        UserError: the target is not there, is missing where one is needed, has one value or too
            many, or a column that is asked for cannot be what it should be.
    """
    profiles, target = read(records, wishes)
    problem = wishes.problem or _problem(profiles[str(target)])  # only anomalies can do without
    source, records, id_ = with_id(source, records, profiles, wishes, target)
    columns = roles.assign(profiles, records, target, id_, wishes)
    shown = [each for each in columns if each.role in ("seen", "time")]
    if not shown:
        told = "; ".join(f"{each.name!r}: {each.note or each.role}" for each in columns)
        what = "find anomalies in" if target is None else f"learn the target {target!r} from"
        raise UserError(f"No column is left to {what} ({told}); add one.")
    official = roles.official(profiles)
    by = "time" if wishes.time else "group" if wishes.group else "hash"
    ids = conversions.to_text(records[id_])[0]
    words = None
    if target is not None and problem != "regression":
        words = conversions.to_text(records[target])[0]
    split = parts.split(name, ids, words, "official" if official else by)
    learned: dict[str, Any] = {"metric": "spoiled_auc" if problem == "anomalies" else "rmse"}
    labels, asked = None, pd.Series(True, index=records.index)
    if words is not None:
        learned = _learned(name, problem, words, ids, split)
        asked = words.isin(learned["classes"])
        labels = words[asked]
    elif target is not None:
        _check_numbers(profiles[target])
        asked = records[target].notna()
    rows, rarest = parts.of_train(name, ids[asked], labels, split)
    validation = parts.validation(by, rows, rarest, classes=labels is not None)
    of_fit = 1 - 1 / validation["folds"]
    size = Size(int(of_fit * rows), int(of_fit * rarest), len(learned.get("classes", ())))
    views = {
        view: block
        for view, block in _views(name, shown, records).items()
        if (block["view"], problem) in pipelines.CHOICES
    }
    twice = identities.repeated(ids) if "row_id" in source else 0
    proposal = Proposal(
        name=name,
        source=source,
        columns=columns,
        rows=len(records),
        problem=problem,
        target=target,
        id=id_,
        split=split,
        validation=validation,
        views=views,
        pipelines=_pipelines(name, problem, len(records), size, views, shown),
        time=wishes.time,
        group=wishes.group,
        official=official,
        notes=tuple(notes.of(columns, len(records), learned, source, twice)),
        **learned,
    )
    return proposal, records


def with_id(
    source: Mapping[str, Any],
    records: pd.DataFrame,
    profiles: Mapping[str, Profile],
    wishes: Wishes,
    target: str | None,
) -> tuple[dict[str, Any], pd.DataFrame, str]:
    """Return a source's block, the records as it will give them, and the column that names rows.

    Raises:
        UserError: the column that is asked for does not.
    """
    source, id_ = dict(source), roles.id_of(profiles, wishes, target)
    if id_ is None:
        id_ = next(each for each in (ROW_ID, f"{ROW_ID}_2", f"{ROW_ID}_3") if each not in profiles)
        source["row_id"] = id_
        records = identities.add(records, id_)
    return source, records, id_


def _learned(
    name: str, problem: str, words: pd.Series, ids: pd.Series, split: dict[str, Any]
) -> dict[str, Any]:
    """Return which classes there are, the one that is looked for, and by which metric."""
    known: tuple[str, ...]
    rare: tuple[str, ...] = ()
    if problem == "anomalies":
        known, metric = classes.two(words), "roc_auc"
    else:
        known, rare = classes.learnable(name, words, ids, split)
        metric = classes.metric(words, known)
    positive = classes.positive(words, known) if len(known) == 2 else None
    return {"classes": known, "rare": rare, "metric": metric, "positive": positive}


def _check_numbers(target: Profile) -> None:
    if target.almost and target.almost.what == "numbers":
        raise UserError(
            f"The target {target.name!r} cannot be predicted as a number, although {target.almost}; "
            "write numbers in their place or empty those cells, or say --problem classification."
        )
    words = [*target.categories, *target.examples]
    numbers = pd.to_numeric(pd.Series(words, dtype=object), errors="coerce")
    if target.kind in ("number", "whole number") or numbers.notna().all():
        return
    raise UserError(
        f"The target {target.name!r} holds words such as {words[numbers.isna().argmax()]!r}, so it "
        "cannot be predicted as a number; write numbers in their place, or leave out --problem "
        "regression."
    )


def _problem(target: Profile) -> str:
    if target.almost and target.almost.what == "numbers" and target.distinct > FEW_NUMBERS:
        return "regression"  # which tells the words that spoil it
    if target.kind == "number":
        return "classification" if target.distinct == 2 else "regression"
    if target.kind == "whole number":
        return "classification" if target.distinct <= FEW_NUMBERS else "regression"
    return "classification"


def _views(name: str, shown: Sequence[Used], records: pd.DataFrame) -> dict[str, dict[str, Any]]:
    views: dict[str, dict[str, Any]] = {}
    texts = [each.name for each in shown if each.profile.kind == "text"]
    if drawn := [each.name for each in shown if each.profile.kind == "picture"]:
        options = pictures.options(records[drawn[0]])
        return {f"{name}-pictures": {"case": name, "view": "pictures", **options}}
    if len(shown) > len(texts):
        options = {"texts": texts} if texts else {}
        views[f"{name}-table"] = {"case": name, "view": "table", **options}
    for number, column in enumerate(texts, start=1):
        view = f"{name}-text" if number == 1 else f"{name}-text-{number}"
        options = {} if column == "text" else {"column": column}
        views[view] = {"case": name, "view": "text", **options}
    return views


def _pipelines(
    name: str,
    problem: str,
    rows: int,
    size: Size,
    views: Mapping[str, Mapping[str, Any]],
    shown: Sequence[Used],
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for view, block in views.items():
        columns = sum(each.profile.kind != "text" for each in shown)
        usual = columns if block["view"] == "table" else pictures.USUAL
        width = min(block.get("size", (usual,)))
        for choice in pipelines.suited(block["view"], problem, rows, width):
            prefix = name if len(views) == 1 or choice.architecture == "baseline" else view
            pipeline = f"{prefix}-{choice.architecture.replace('_', '-')}"
            features = dict(choice.features)
            if block["view"] == "table" and choice.architecture != "baseline":
                features |= _encoding(problem, rows, shown)
            asked = sizes.settings(choice.architecture, problem, size)
            blank = {"case": name, "view": view, "architecture": choice.architecture}
            settings = {"features": features, **asked}
            found.setdefault(pipeline, blank | {k: v for k, v in settings.items() if v})
    return found


def _encoding(problem: str, rows: int, shown: Sequence[Used]) -> dict[str, Any]:
    """Return how categories become numbers where a column for each would not fit into memory."""
    words = [each.profile for each in shown if each.profile.kind in ("category", "code")]
    width = len(shown) + sum(min(each.distinct, 100) for each in words)
    encode = "frequency" if problem == "anomalies" else "target"
    return {"encode": encode} if 8 * rows * width > pipelines.WIDE else {}
