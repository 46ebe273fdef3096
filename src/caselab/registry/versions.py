"""Versions of a case's model in MLflow's registry: one registered model a case."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from caselab import cases
from caselab.errors import UserError
from caselab.project import places
from caselab.storage.files import replacing
from caselab.tracking import store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion, RegisteredModel

CHAMPION = "champion"
CHALLENGER = "challenger"
"""The last candidate that did not become champion."""


@dataclass(frozen=True)
class Version:
    """A registered version of a case's model."""

    case: str
    number: int
    pipeline: str
    architecture: str
    key: str
    """Of the candidate that it was: what it answers and how it decides."""
    run_id: str
    aliases: tuple[str, ...]
    tags: Mapping[str, str]
    """All that promotion wrote down: commit, DVC's hashes, score, who, when, why."""


def versions(case: str) -> list[Version]:
    """Return every version of a case's model, the newest first."""
    with store.client() as client:
        if (model := registered_model(client, case)) is None:
            return []
        found = client.search_model_versions(f"name = '{case}'")
        return sorted(
            (described(each, model) for each in found), key=lambda each: each.number, reverse=True
        )


def version(case: str, which: int | str = CHAMPION) -> Version:
    """Return a version by its number or alias.

    Raises:
        UserError: there is none.
    """
    known = versions(case)
    for each in known:
        if str(which) in {str(each.number), *each.aliases}:
            return each
    if not known:
        raise UserError(f"The case {case} has no registered version; run `caselab run {case}`.")
    names = [str(each.number) for each in known] + [
        alias for each in known for alias in each.aliases
    ]
    raise UserError(f"The case {case} has no version {which!r}; there are {', '.join(names)}.")


def of_all_cases() -> list[Version]:
    """Return every registered version of every case; none where nothing was ever tracked.

    Raises:
        UserError: tracking is off, or the store cannot be reached, so nobody can tell.
    """
    if store.is_off():
        raise UserError(
            "With CASELAB_TRACKING=off nobody can tell what registered versions need; unset it."
        )
    if store.identity() is None:
        return []
    with store.client() as client:
        models = [model.name for model in client.search_registered_models()]
    return [version for model in models for version in versions(model)]


def folder(each: Version) -> Path:
    """Return a version's files as a folder on this machine, fetched where the store is elsewhere."""
    with store.client() as client:
        source = client.get_model_version_download_uri(each.case, str(each.number))
        if (there := Path(source.removeprefix("file://"))).is_dir():
            return there
        here = places.registered(each.case, each.number)
        if not here.exists():
            from mlflow.artifacts import download_artifacts

            with replacing(here) as part:
                address = f"models:/{each.case}/{each.number}"
                download_artifacts(address, dst_path=str(part), tracking_uri=store.uri())
        return here


def register(
    client: "MlflowClient", case: str, model_id: str, run_id: str, tags: Mapping[str, str]
) -> Version:
    """Make a logged model the newest version of its case."""
    if registered_model(client, case) is None:
        client.create_registered_model(case, description=cases.load(case).question)
    with store.as_default():
        made = client.create_model_version(
            case, f"models:/{model_id}", run_id, dict(tags), model_id=model_id
        )
    link = json.dumps([{"name": case, "version": made.version}])
    client.set_logged_model_tags(model_id, {"mlflow.modelVersions": link})  # its page names it
    return described(made, registered_model(client, case))


def registered_model(client: "MlflowClient", case: str) -> "RegisteredModel | None":
    """Return the registered model of a case, None where there is none."""
    from mlflow.exceptions import MlflowException

    try:
        return client.get_registered_model(case)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise


def described(found: "ModelVersion", model: "RegisteredModel | None") -> Version:
    """Return a version of MLflow's as ours, with the aliases that its model gives it."""
    aliases = model.aliases if model else {}
    tags = found.tags
    return Version(
        case=found.name,
        number=int(found.version),
        pipeline=tags.get("caselab.pipeline", ""),
        architecture=tags.get("caselab.architecture", ""),
        key=tags.get("caselab.candidate", ""),
        run_id=found.run_id or "",
        aliases=tuple(
            sorted(a for a, number in aliases.items() if str(number) == str(found.version))
        ),
        tags=tags,
    )
