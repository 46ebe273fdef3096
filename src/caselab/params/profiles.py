"""Profiles: named sets of values that stand in place of params.yaml's own for one run.

    profiles:
      gpu:
        pipelines:
          images_fashion-resnet: {model: {width: 1}, training: {accelerator: gpu}}

`--profile gpu` is the override `profile=gpu`. A profile never stands in the file as chosen, as
`dvc repro` could not follow it.
"""

from collections.abc import Sequence
from typing import Any

from caselab.params.sentences import Invalid, KeyPath, names_near

KEY = "profile"

NAMED = ("sources", "cases", "views", "pipelines", "blends", "schedules")
"""The maps whose keys the user names: an override or profile changes their blocks and never adds
one."""


def override(name: str) -> str:
    """Return the override that chooses a profile."""
    return f"{KEY}={name}"


def named(override: str) -> str | None:
    """Return the profile that an override chooses, None where it sets something else."""
    key, _, value = override.partition("=")
    return value.strip() if key.strip() == KEY else None


def option(override: str) -> str:
    """Return the option of a command that an override was given by."""
    return f"--set {override}" if named(override) is None else f"--profile {named(override)}"


def options(overrides: Sequence[str]) -> str:
    """Return the names of the options by which overrides were given."""
    names = ["--set" if named(each) is None else option(each) for each in overrides]
    return " and ".join(dict.fromkeys(names))


def chosen(overrides: Sequence[str]) -> str | None:
    """Return the profile that overrides choose, the last if they name several."""
    return next((name for each in reversed(overrides) if (name := named(each))), None)


def merged(raw: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the raw mapping with a profile's values in place of its own.

    Mappings are merged key by key; what is no mapping takes the other's place.

    Raises:
        Invalid: there is no such profile, or it adds a block.
    """
    profiles = raw.get("profiles") or {}
    if name not in profiles:
        raise Invalid((KEY,), f"is {name}, which is no profile; {names_near(name, profiles)}")
    profile = profiles[name]
    if not isinstance(profile, dict):
        raise Invalid(("profiles", name), "must be a mapping of keys to values")
    for part in NAMED:
        known, given = raw.get(part) or {}, profile.get(part) or {}
        for block in given:
            if block not in known:
                clause = f"is not known; {names_near(str(block), list(known))}"
                raise Invalid(("profiles", name, part, block), clause)
    for word in ("profiles", KEY):
        if word in profile:
            raise Invalid(("profiles", name, word), "has no place in a profile")
    return _merged(raw, profile) | {KEY: name}


def place(path: KeyPath, name: str) -> KeyPath:
    """Return where a profile says what then stands at `path`."""
    return ("profiles", name, *path)


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = dict(under)
    for key, value in over.items():
        below = under.get(key)
        both[key] = (
            _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
        )
    return both
