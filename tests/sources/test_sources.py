import hashlib
import pickle
from pathlib import Path

import pandas as pd
import pytest

from caselab import sources
from caselab.data import downloads
from caselab.errors import UserError
from caselab.sources import Mirror, Source


def source(*mirrors):
    return Source("Toys", "CC0-1.0", "", "", mirrors)


def bundled(path, content, sha256=None):
    path.write_bytes(content)
    return downloads.bundled(path, sha256 or hashlib.sha256(content).hexdigest())


ANOTHER = "0" * 64


def test_a_built_in_source_by_its_file():
    telco = sources.load("src/caselab/sources/telco.py")
    assert (telco.title, telco.licence) == ("Telco customer churn", "Apache-2.0")
    assert "telco" in sources.names()
    assert "own" not in sources.names()


@pytest.mark.parametrize(
    "origin",
    ["src/caselab/sources/telcos.py", "elsewhere/telco.py", "src/caselab/sources/own/tables.py"],
)
def test_an_unknown_source_names_the_nearest(origin):
    with pytest.raises(UserError, match=r"(the nearest|known): src/caselab/sources/\w+\.py"):
        sources.load(origin)


def test_a_users_table_is_a_source(tmp_path):
    (tmp_path / "customers.csv").write_text("id;city\n1;Ulm\n")
    own = sources.load(str(tmp_path / "customers.csv"))
    assert own.title == "customers.csv"
    assert sources.records(own).to_dict("list") == {"id": [1], "city": ["Ulm"]}


def test_options_reach_the_reader_of_a_table(tmp_path):
    (tmp_path / "customers.txt").write_text("id~city\n1~Ulm\n")
    own = sources.load(str(tmp_path / "customers.txt"), delimiter="~")
    assert list(sources.records(own)) == ["id", "city"]


def test_an_unknown_option_is_refused():
    with pytest.raises(UserError, match="delimiter"):
        sources.load("customers.csv", delimeter=";")
    with pytest.raises(UserError, match=r"no option of src/caselab/sources/telco\.py"):
        sources.load("src/caselab/sources/telco.py", delimiter=";")


def test_the_next_mirror_takes_over(tmp_path):
    right = bundled(tmp_path / "right.csv", b"id\n1\n")
    gone = downloads.bundled(tmp_path / "gone.csv", ANOTHER)
    both = source(Mirror((right, gone), pd.read_csv), Mirror((right,), pd.read_csv))
    assert sources.records(both)["id"].tolist() == [1]


def test_when_no_mirror_has_it_each_reason_is_told(tmp_path):
    changed = bundled(tmp_path / "changed.csv", b"id\n2\n", ANOTHER)
    gone = downloads.bundled(tmp_path / "gone.csv", ANOTHER)
    with pytest.raises(UserError) as raised:
        sources.records(source(Mirror((changed,), pd.read_csv), Mirror((gone,), pd.read_csv)))
    message = str(raised.value)
    assert "Toys cannot be had" in message
    assert "changed.csv: its content changed" in message
    assert "gone.csv" in message
    assert "origin in params.yaml" in message


class Bomb:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


def test_nothing_is_unpickled_before_its_hash_is_checked(tmp_path):
    exploded = tmp_path / "exploded"
    bomb = bundled(tmp_path / "bomb.pkl", pickle.dumps(Bomb(exploded)), ANOTHER)
    with pytest.raises(UserError, match="content changed"):
        sources.records(source(Mirror((bomb,), pd.read_pickle)))
    assert not exploded.exists()


@pytest.mark.parametrize("name", [name for name in sources.names() if name != "telco"])
def test_where_no_mirror_is_in_reach_one_sentence_names_every_place(name, monkeypatch):
    def nothing(file):
        raise downloads.UnavailableError("no connection")

    monkeypatch.setattr(downloads, "fetch", nothing)
    built_in = sources.load(f"src/caselab/sources/{name}.py")
    with pytest.raises(UserError) as raised:
        sources.records(built_in)
    message = str(raised.value)
    assert all(mirror.files[0].place in message for mirror in built_in.mirrors)
    assert "\n" not in message


@pytest.mark.parametrize("name", sources.names())
def test_a_user_is_told_the_licence_whom_to_cite_and_where_it_comes_from(name):
    built_in = sources.load(f"src/caselab/sources/{name}.py")
    assert built_in.licence
    assert "(" in built_in.citation or "1790" in built_in.citation
    assert built_in.url.startswith("http")
