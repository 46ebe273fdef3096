"""The alias `champion`: which version has it, who gets it, and how it goes back.

The registry is the truth; a file remembers what it said, so that asking for the champion costs
nothing. Whoever changes the registry refreshes that file.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab import cases
from caselab.errors import UserError
from caselab.project import addresses, dvc_lock, places
from caselab.project.locks import exclusive
from caselab.registry import digests, history
from caselab.registry.history import Event
from caselab.registry.versions import (
    CHALLENGER,
    CHAMPION,
    Version,
    described,
    registered_model,
    version,
    versions,
)
from caselab.storage.files import write_json
from caselab.tracking import authorship, looks_at_test_rows, store

if TYPE_CHECKING:
    from mlflow import MlflowClient


def champion(case: str, *, surely: bool = False) -> dict[str, Any] | None:
    """Return what is known of the present champion.

    It comes from memory where the store is the same. Others can change the champion of a server:
    `surely` asks it.
    """
    if (known := remembered(case)) is not None and not (surely and store.database() is None):
        return known
    if store.is_off() or store.identity() is None:
        return None
    with store.client() as client:
        return refresh(client, case)


def remembered(case: str) -> dict[str, Any] | None:
    """Return what the present store said last of a case's champion."""
    try:
        found: dict[str, Any] = json.loads(places.champion(case).read_text(encoding="utf-8"))
        return found if found["store"] == store.identity() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_here(champion: Mapping[str, Any]) -> bool:
    """Tell the champion from its own later training, which the gate has not let pass."""
    here = dvc_lock.outputs(addresses.leaving("train", champion["pipeline"]))
    known = champion.get("model")
    return not here or known is None or known in here.values()


def newer_here(champion: Mapping[str, Any]) -> str:
    """Return in a sentence that what lies here under the champion's name is not the champion."""
    version = f"version {champion['version']}, the champion"
    return f"{champion['pipeline']} here is newer than {version}."


def refresh(client: "MlflowClient", case: str) -> dict[str, Any] | None:
    """Remember which version is champion, and why, as the registry has it now."""
    file = places.champion(case)
    model = registered_model(client, case)
    if model is None or CHAMPION not in model.aliases:
        file.unlink(missing_ok=True)
        return None
    number = str(model.aliases[CHAMPION])
    each = described(client.get_model_version(case, number), model)
    told = history.read(model.tags)
    last = [event for event in told if event.what in ("promoted", "rolled back")][-1:]
    found = _made(client, each) | {
        "id": cases.load(case).id,
        "architecture": each.architecture,
        "key": each.key,
        "model": each.tags.get(f"dvc:{places.model(case, each.pipeline).as_posix()}"),
        "commit": each.tags.get("caselab.git_commit"),
        "metric": each.tags.get("caselab.metric"),
        "score": json.loads(each.tags.get("caselab.score", "null")),
        "when": last[0].when if last else None,
        "who": last[0].who if last else None,
        "why": last[0].why if last else None,
        "test_looks": looks_at_test_rows.count(case),
        "url": store.page(f"models/{case}/versions/{each.number}"),
        "history": [asdict(event) for event in told],
        "trial": _on_trial(client, case, told),
    }
    write_json(file, found)
    return found


def _on_trial(client: "MlflowClient", case: str, told: list[Event]) -> dict[str, Any] | None:
    """Return what is known of the version that is on trial, as of a champion; None where none is."""
    if (started := history.trial(told)) is None:
        return None
    number = str(started.version)
    known = {str(each.version): each for each in client.search_model_versions(f"name = '{case}'")}
    if (each := known.get(number)) is None:
        return None  # somebody has deleted it
    about = {"name": started.when, "against": started.against, "share": started.share}
    return _made(client, described(each, None)) | about


def _made(client: "MlflowClient", each: Version) -> dict[str, Any]:
    """Return which version it is, and where its files are that a process is started of."""
    folder = client.get_model_version_download_uri(each.case, str(each.number))
    return {
        "case": each.case,
        "store": store.identity(),
        "version": each.number,
        "pipeline": each.pipeline,
        "run_id": each.run_id,
        "sha256": each.tags.get(digests.TAG),
        "folder": folder.removeprefix("file://"),
    }


def events(case: str) -> list[Event]:
    """Return every promotion, defeat and rollback of a case, the oldest first."""
    with store.client() as client:
        model = registered_model(client, case)
        return history.read(model.tags) if model else []


def place(present: Mapping[str, Any]) -> Path:
    """Return the folder of the champion, by what is known of it.

    Raises:
        UserError: its files are not those that were registered.
    """
    there, case, number = Path(present["folder"]), present["case"], present["version"]
    if not (there.is_dir() and present.get("sha256")):
        return digests.checked(version(case, number))
    digests.require(there, present["sha256"], case, number)
    return there


def give_alias(client: "MlflowClient", each: Version, event: Event) -> None:
    """Give a version the alias that its event has earned it, and keep the event."""
    alias, other = (CHAMPION, CHALLENGER) if event.what == "promoted" else (CHALLENGER, CHAMPION)
    model = registered_model(client, each.case)
    if model and alias == CHAMPION and str(model.aliases.get(other)) == str(each.number):
        client.delete_registered_model_alias(each.case, other)
    _change(client, each, alias, event)


def _change(client: "MlflowClient", each: Version, alias: str, event: Event) -> None:
    """Keep an event, then move the alias: who is killed in between, and does it again, adds none.

    The other way round a champion would reign of whom no history tells. What is remembered here goes
    first, so that nobody believes it for good if we are killed before it is written anew.
    """
    model = registered_model(client, each.case)
    told = history.read(model.tags) if model else []
    has_it = model is not None and str(model.aliases.get(alias)) == str(each.number)
    if has_it or not (told and history.is_same(told[-1], event)):
        history.add(client, each.case, event)
    places.champion(each.case).unlink(missing_ok=True)
    client.set_registered_model_alias(each.case, alias, str(each.number))


def rollback(case: str, who: str | None = None) -> dict[str, Any]:
    """Make the champion before the present one champion again, and remember that it was done.

    Raises:
        UserError: there is no earlier champion, or its files are no longer those registered.
    """
    with exclusive(places.promotion_lock(case)), store.client() as client:
        known = {each.number: each for each in versions(case)}
        present = next((each for each in known.values() if CHAMPION in each.aliases), None)
        reigning = history.reigns(events(case))
        former = [number for number in reigning if present and number != present.number]
        former = [number for number in former if number in known]  # somebody may delete a version
        if present is None:
            raise no_champion(case)
        if not former:
            raise UserError(
                f"The case {case} has no champion before the present one to go back to."
            )
        coming = known[former[-1]]
        digests.checked(coming)  # or who is asked next could not answer
        why = (
            f"version {coming.number} ({coming.pipeline}) is champion again, "
            f"instead of version {present.number} ({present.pipeline})"
        )
        if running := history.trial(events(case)):
            why += f"; the trial of version {running.version} ends with it"
        event = Event(
            what="rolled back",
            version=present.number,
            key=present.key,
            pipeline=present.pipeline,
            against=coming.number,
            why=why,
            who=who or authorship.user(),
        )
        _change(client, coming, CHAMPION, event)
        found = refresh(client, case)
    assert found is not None
    return found


def present(case: str) -> dict[str, Any]:
    """Return what the registry surely says of the champion of a case.

    Raises:
        UserError: there is none, or the registry cannot be read.
    """
    found = champion(case, surely=True)
    if found is None:
        raise no_champion(case)
    return found


def no_champion(case: str) -> UserError:
    """Return the error of who asks a champion that there is not."""
    verb = "promote" if places.leaderboard(case).exists() else "run"
    return UserError(f"The case {case} has no champion yet; run `caselab {verb} {case}`.")
