"""Labels name requests that were asked, once each, and are kept until they are joined to the log."""

import uuid

import pandas as pd
import pytest

from caselab.errors import UserError
from caselab.serving.request_tables import VARIABLE
from caselab.watching import labels

LOG = pd.DataFrame(
    {
        "request_id": ["a", "b", "c", "c"],
        "row": [1, 1, 1, 2],
        "customer_id": ["7590-VHVEG", "5575-GNVDE", "3668-QPYBK", "7590-VHVEG"],
    }
)


def of(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


def kept() -> dict:
    found = labels.read("churn")
    return {(r, n): label for r, n, label in found.itertuples(index=False)}


@pytest.fixture(autouse=True, params=["files", "PostgreSQL"])
def here(request, tmp_path, monkeypatch):
    """Labels are kept in the current folder, or in the database of the log."""
    monkeypatch.chdir(tmp_path)
    if request.param == "PostgreSQL":
        server = request.getfixturevalue("postgresql_server")
        monkeypatch.setenv(VARIABLE, server.create(f"labels_{uuid.uuid4().hex}"))


def test_labels_by_request_and_row():
    added = labels.add("churn", of(request_id=["a", "c"], row=[1, 2], churn=["Yes", "No"]), LOG)
    assert added == labels.Added(new=2, known=0, replaced=0, without=0)
    assert kept() == {("a", 1): "Yes", ("c", 2): "No"}
    joined = labels.beside("churn", LOG)
    assert joined["churn"].tolist()[::3] == ["Yes", "No"]
    assert joined["churn"].isna().tolist() == [False, True, True, False]


def test_a_label_by_the_cases_id_is_of_every_request_about_it():
    labels.add("churn", of(customer_id=["7590-VHVEG"], churn=["Yes"]), LOG)
    assert kept() == {("a", 1): "Yes", ("c", 2): "Yes"}


def test_requests_without_an_id_get_no_label_by_id():
    unnamed = LOG.assign(customer_id=["7590-VHVEG", None, float("nan"), " "])
    labels.add("churn", of(customer_id=["7590-VHVEG"], churn=["Yes"]), unnamed)
    assert kept() == {("a", 1): "Yes"}
    with pytest.raises(UserError, match="never asked, such as <NA>"):
        labels.add("churn", of(customer_id=["<NA>"], churn=["Yes"]), unnamed)


def test_ids_of_a_long_log_are_gathered_once(monkeypatch):
    gathered = []
    monkeypatch.setattr(labels, "set", lambda *of: gathered.extend(of) or set(*of), raising=False)
    ids = [f"c{number}" for number in range(100)]
    log = of(request_id=ids, row=[1] * 100, customer_id=ids)
    labels.add("churn", of(customer_id=ids, churn=["Yes"] * 100), log)
    assert len(gathered) == 1


def test_the_same_labels_again_change_nothing():
    given = of(request_id=["a", "b"], churn=["Yes", "No"])
    labels.add("churn", given, LOG)
    assert labels.add("churn", given, LOG) == labels.Added(new=0, known=2, replaced=0, without=0)
    assert len(kept()) == 2


def test_another_label_is_refused_unless_it_is_to_replace():
    labels.add("churn", of(request_id=["a"], churn=["Yes"]), LOG)
    other = of(request_id=["a"], churn=["No"])
    with pytest.raises(
        UserError, match=r"Request a \(row 1\) is labelled 'Yes' already.*--replace"
    ):
        labels.add("churn", other, LOG)
    assert kept() == {("a", 1): "Yes"}
    assert labels.add("churn", other, LOG, replace=True).replaced == 1
    assert kept() == {("a", 1): "No"}


def test_lines_without_a_label_are_left_out_and_counted():
    added = labels.add("churn", of(request_id=["a", "b"], churn=["Yes", None]), LOG)
    assert (added.new, added.without) == (1, 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            of(request_id=["a", "z"], churn=["Yes", "No"]),
            "1 label of churn name.* z row 1; nothing",
        ),
        (of(customer_id=["0000-AAAAA"], churn=["No"]), "never asked, such as 0000-AAAAA"),
        (of(request_id=["a", "a"], churn=["No", "No"]), "name a row 1 twice"),
        (of(customer_id=["5575-GNVDE"] * 2, churn=["No"] * 2), "name 5575-GNVDE twice"),
        (of(customer_id=["5575-GNVDE", None], churn=["No"] * 2), "1 row without 'customer_id'"),
        (of(request_id=["a", " "], churn=["No"] * 2), "1 row without 'request_id'"),
        (of(request_id=["a", "b"], row=[1, None], churn=["No"] * 2), "row nan, which is no whole"),
        (of(request_id=["a"], row=[1.9], churn=["No"]), "row 1.9, which is no whole number"),
        (of(request_id=["a"], row=["one"], churn=["No"]), "row one, which is no whole number"),
        (of(request_id=["c"], churn=["No"]), "Request c held several records; add a column 'row'"),
        (of(request_id=["a"], left=["No"]), "no column 'churn'"),
        (of(name=["a"], churn=["No"]), "name no requests; add a column 'request_id'"),
        (of(request_id=["a"], churn=["Maybe"]), "unknown value .*'Maybe'"),
    ],
)
def test_what_cannot_be_kept_is_one_sentence_and_nothing_is(given, said):
    with pytest.raises(UserError, match=said):
        labels.add("churn", given, LOG)
    assert kept() == {}


def test_where_the_log_hides_the_id_requests_must_be_named():
    given = of(customer_id=["5575-GNVDE"], churn=["No"])
    with pytest.raises(UserError, match="holds no 'customer_id'; label by 'request_id'"):
        labels.add("churn", given, LOG.drop(columns="customer_id"))


def test_a_case_whose_rows_are_made_of_many_records_is_not_labelled_so():
    with pytest.raises(UserError, match="comes with the records of its source"):
        labels.add("demand", of(request_id=["a"], ahead=[1]), LOG)
