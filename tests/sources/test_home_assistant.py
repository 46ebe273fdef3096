"""Sentences of Home Assistant's user interface in two languages."""

import json
from zipfile import ZipFile

from caselab.sources import home_assistant
from tests.extracts import reading


def packed(path, ours, theirs, component="demo"):
    with ZipFile(path, "w") as archive:
        for code, texts in (("en", ours), ("de", theirs)):
            name = f"homeassistant/components/{component}/translations/{code}.json"
            archive.writestr(name, json.dumps(texts))
    return path


def test_sentences_are_joined_by_their_key():
    records = reading.read("home_assistant")
    first = records.iloc[0]
    assert first["id"] == "abode.config.step.mfa.title"
    assert first["english"] == "Enter your MFA code for Abode"
    assert first["german"] == "Gib deinen MFA-Code für Abode ein"
    assert records["id"].is_unique
    assert not records.duplicated(["english", "german"]).any()
    assert records["english"].str.split().str.len().between(4, 25).all()


def test_what_is_short_filled_in_or_in_one_language_is_left_out(tmp_path):
    ours = {
        "a": {"b": "Turn on   the big light", "short": "Turn it on"},
        "filled": "Turn on the {name} light",
        "alone": "Nobody has translated this yet",
        "again": "Turn on the big light",
    }
    theirs = {
        "a": {"b": "Schalte das große Licht ein", "short": "Schalte es ein"},
        "filled": "Schalte {name} ein",
        "again": "Schalte das große Licht ein",
    }
    found = home_assistant.read(packed(tmp_path / "some.whl", ours, theirs))
    assert found.to_numpy().tolist() == [
        ["demo.a.b", "Turn on the big light", "Schalte das große Licht ein"]
    ]
