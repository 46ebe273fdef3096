"""MLflow's model registry: one registered model a case, its versions, and which is champion.

The registry is the truth; `.caselab/champions/<case>.json` remembers what it said, so that asking
for the champion costs nothing. Whoever changes the registry refreshes that file.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab import cases
from caselab.errors import UserError
from caselab.storage import layout
from caselab.storage.files import replacing, write_json
from caselab.tracking import history, looks, store
from caselab.tracking.history import Event
from caselab.tracking.locks import only_one

if TYPE_CHECKING:
    import pandas as pd
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


def versions(case: str) -> list[Version]:
    """Return every version of a case's model, the newest first."""
    with store.client() as client:
        if (model := registered(client, case)) is None:
            return []
        found = client.search_model_versions(f"name = '{case}'")
        return sorted(
            (_version(each, model) for each in found), key=lambda each: each.number, reverse=True
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


def events(case: str) -> list[Event]:
    """Return every promotion, defeat and rollback of a case, the oldest first."""
    with store.client() as client:
        model = registered(client, case)
        return history.read(model.tags) if model else []


def folder(each: Version) -> Path:
    """Return a version's files as a folder on this machine, fetched where the store is elsewhere."""
    with store.client() as client:
        source = client.get_model_version_download_uri(each.case, str(each.number))
        if (there := Path(source.removeprefix("file://"))).is_dir():
            return there
        here = layout.state() / "registered" / each.case / str(each.number)
        if not here.exists():
            from mlflow.artifacts import download_artifacts

            with replacing(here) as part:
                address = f"models:/{each.case}/{each.number}"
                download_artifacts(address, dst_path=str(part), tracking_uri=store.uri())
        return here


def place(present: Mapping[str, Any]) -> Path:
    """Return the folder of the champion, by what is known of it."""
    there = Path(present["folder"])
    return there if there.is_dir() else folder(version(present["case"], present["version"]))


def register(
    client: "MlflowClient", case: str, model_id: str, run_id: str, tags: Mapping[str, str]
) -> Version:
    """Make a logged model the newest version of its case."""
    if registered(client, case) is None:
        client.create_registered_model(case, description=cases.load(case).question)
    with store.as_default():
        made = client.create_model_version(
            case, f"models:/{model_id}", run_id, dict(tags), model_id=model_id
        )
    link = json.dumps([{"name": case, "version": made.version}])
    client.set_logged_model_tags(model_id, {"mlflow.modelVersions": link})  # its page names it
    return _version(made, registered(client, case))


def settle(client: "MlflowClient", each: Version, event: Event) -> None:
    """Give a judged version the alias that it has earned, and keep the event."""
    alias, other = (CHAMPION, CHALLENGER) if event.what == "promoted" else (CHALLENGER, CHAMPION)
    client.set_registered_model_alias(each.case, alias, str(each.number))
    model = registered(client, each.case)
    if model and alias == CHAMPION and str(model.aliases.get(other)) == str(each.number):
        client.delete_registered_model_alias(each.case, other)
    history.add(client, each.case, event)


def rollback(case: str, who: str | None = None) -> dict[str, Any]:
    """Make the champion before the present one champion again, and remember that it was done.

    Raises:
        UserError: there is no earlier champion.
    """
    with only_one(lock(case)), store.client() as client:
        known = {each.number: each for each in versions(case)}
        present = next((each for each in known.values() if CHAMPION in each.aliases), None)
        reigning = history.reigns(events(case))
        former = [number for number in reigning if present and number != present.number]
        former = [number for number in former if number in known]  # somebody may delete a version
        if present is None:
            raise _no_champion(case)
        if not former:
            raise UserError(
                f"The case {case} has no champion before the present one to go back to."
            )
        coming = known[former[-1]]
        client.set_registered_model_alias(case, CHAMPION, str(coming.number))
        why = f"rolled back from version {present.number} ({present.pipeline})"
        event = Event(
            what="rolled back",
            version=present.number,
            key=present.key,
            pipeline=present.pipeline,
            against=coming.number,
            why=why,
            who=who or history.user(),
        )
        history.add(client, case, event)
        found = refresh(client, case)
    assert found is not None
    return found


def predict(case: str, records: "pd.DataFrame", where: str = "the records") -> "pd.DataFrame":
    """Answer for raw records with the champion: id (where given), answers, decision.

    `where` is how errors call the records.

    Raises:
        UserError: there is no champion, or the records break its contract.
    """
    from caselab.tracking.scoring import ModelError, Worker

    with Worker() as worker:
        present = champion(case, surely=True)
        if present is None:
            raise _no_champion(case)
        home = place(present)
        worker.ask(home, records.reset_index(drop=True), where)
        try:
            answers, _ = worker.answers()
        except ModelError as error:
            raise UserError(
                f"Version {present['version']} of {case} cannot answer with the packages installed "
                f"here ({str(error).splitlines()[-1]}); install those of {home}/requirements.txt."
            ) from error
    return answers.set_axis(records.index) if len(answers) == len(records) else answers


def refresh(client: "MlflowClient", case: str) -> dict[str, Any] | None:
    """Remember which version is champion, and why, as the registry has it now."""
    file = _file(case)
    model = registered(client, case)
    if model is None or CHAMPION not in model.aliases:
        file.unlink(missing_ok=True)
        return None
    number = str(model.aliases[CHAMPION])
    each = _version(client.get_model_version(case, number), model)
    told = history.read(model.tags)
    last = [event for event in told if event.what != "lost"][-1:]
    found = {
        "case": case,
        "store": store.identity(),
        "id": cases.load(case).id,
        "version": each.number,
        "pipeline": each.pipeline,
        "architecture": each.architecture,
        "key": each.key,
        "model": each.tags.get(f"dvc:{layout.model(case, each.pipeline).as_posix()}"),
        "commit": each.tags.get("caselab.git_commit"),
        "metric": each.tags.get("caselab.metric"),
        "score": json.loads(each.tags.get("caselab.score", "null")),
        "when": last[0].when if last else None,
        "who": last[0].who if last else None,
        "why": last[0].why if last else None,
        "test_looks": looks.count(case),
        "run_id": each.run_id,
        "url": store.page(f"models/{case}/versions/{each.number}"),
        "folder": client.get_model_version_download_uri(case, number).removeprefix("file://"),
        "history": [asdict(event) for event in told],
    }
    write_json(file, found)
    return found


def registered(client: "MlflowClient", case: str) -> "RegisteredModel | None":
    """Return the registered model of a case, None where there is none."""
    from mlflow.exceptions import MlflowException

    try:
        return client.get_registered_model(case)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise


def lock(case: str) -> Path:
    """Return the file whose holder may change the champion of a case."""
    return layout.state() / "locks" / f"promote-{case}"


def _no_champion(case: str) -> UserError:
    verb = "promote" if layout.leaderboard(case).exists() else "run"
    return UserError(f"The case {case} has no champion yet; run `caselab {verb} {case}`.")


def _version(found: "ModelVersion", model: "RegisteredModel | None") -> Version:
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


def remembered(case: str) -> dict[str, Any] | None:
    """Return what the present store said last of a case's champion."""
    try:
        found: dict[str, Any] = json.loads(_file(case).read_text(encoding="utf-8"))
        return found if found["store"] == store.identity() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file(case: str) -> Path:
    return layout.state() / "champions" / f"{case}.json"
