import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from caselab.errors import UserError
from caselab.inspection import pipelines
from caselab.inspection.proposal import propose
from caselab.inspection.roles import Reason
from caselab.inspection.wishes import Wishes

SOURCE = {"origin": "odd.csv"}


def proposed(records, target, **wishes):
    return propose("odd", SOURCE, records, Wishes(target=target, **wishes))[0]


def roles(proposal):
    return {column.name: column.role for column in proposal.columns}


def test_an_odd_table_of_two_classes(odd):
    found = proposed(odd, "Geht weg?")
    assert (found.problem, found.metric, found.positive) == ("classification", "roc_auc", "ja")
    left_out = [name for name, role in roles(found).items() if role == "left out"]
    assert left_out == ["Unnamed: 0", "const", "void", "copy"]
    assert found.source == {"origin": "odd.csv", "row_id": "row_id"}
    assert found.views == {
        "odd-table": {"case": "odd", "view": "table", "texts": ["review"]},
        "odd-text": {"case": "odd", "view": "text", "column": "review"},
    }
    assert {"odd-baseline", "odd-table-logistic", "odd-text-logistic"} <= set(found.pipelines)
    reasons = {column.name: column.reason for column in found.named("left out")}
    assert reasons == {
        "Unnamed: 0": Reason.ROW_NUMBER,
        "const": Reason.CONSTANT,
        "void": Reason.EMPTY,
        "copy": Reason.COPY_OF_TARGET,
    }
    told = "'copy' tells the target 'Geht weg?': a copy of it; it is left out."
    assert [note for note in found.notes if note.startswith(told)]


def test_the_ids_that_the_source_will_add_come_with_the_records(odd):
    _, records = propose("odd", SOURCE, odd, Wishes(target="Geht weg?"))
    assert records["row_id"].is_unique


def test_many_numbers_are_a_regression_and_few_are_classes(odd):
    assert proposed(odd, "100%").problem == "regression"
    assert proposed(odd, "Class").problem == "classification"
    assert proposed(odd, "Class", problem="regression").problem == "regression"
    assert proposed(odd, "bit", problem="regression").problem == "regression"


def test_a_column_that_names_rows_is_the_id(odd):
    assert proposed(odd.assign(OrderID=range(400)), "Geht weg?").id == "OrderID"
    zeros = odd.assign(code=[f"{number:06d}" for number in range(400)])
    assert proposed(zeros, "Geht weg?").id == "code"
    assert proposed(odd.assign(key=1), "Geht weg?").id == "row_id"


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("patient", np.arange(400), Reason.COUNTS_ROWS),
        ("patient", np.arange(400, 0, -1), Reason.COUNTS_ROWS),
        ("rownames", np.arange(400) * 3, Reason.ROW_NUMBER),  # of some rows of a larger table
        ("patient", np.arange(400) * 3, None),
        ("patient", np.arange(400) // 2, None),
    ],
)
def test_a_counter_of_the_rows_is_no_feature_and_is_told(odd, name, values, reason):
    found = proposed(odd.assign(**{name: values}), "Geht weg?")
    (column,) = [each for each in found.columns if each.name == name]
    assert (column.role, column.reason) == ("left out" if reason else "seen", reason)
    told = [note for note in found.notes if note.startswith(f"'{name}' counts the rows from ")]
    assert len(told) == (reason is Reason.COUNTS_ROWS)


@pytest.mark.parametrize(
    ("values", "what", "words"),
    [
        ([*map(str, np.arange(398) / 8), "12,5o", "<0.1"], "numbers", "'12,5o', '<0.1'"),
        (
            [*pd.date_range("2020-01-01", periods=370).strftime("%d.%m.%Y"), *["soon 1"] * 30],
            "dates",
            "'soon 1'",
        ),
    ],
)
def test_what_spoils_numbers_or_dates_is_told_and_names_no_row(odd, values, what, words):
    found = proposed(odd.assign(price=values), "Geht weg?")
    assert found.id == "row_id"
    assert any(
        "'price' is read as words, although " in note
        and f"of 400 values are {what}; not: {words};" in note
        for note in found.notes
    )
    named = odd.assign(OrderID=[*map(str, range(398)), "C398", "C399"])
    assert proposed(named, "Geht weg?").id == "OrderID"


def test_time_and_group_split_by_themselves(odd):
    found = proposed(odd, "Geht weg?", time="day")
    assert (found.split["kind"], found.validation["kind"], found.time) == ("time", "time", "day")
    found = proposed(odd, "Geht weg?", group="zip")
    assert (found.split["kind"], found.validation["kind"]) == ("group", "grouped")
    assert roles(found)["zip"] == "group"
    found = proposed(odd, "Geht weg?", group="zip", time="day")
    assert found.named("group")[0].reason is Reason.GROUP_BESIDE_TIME


def test_a_split_that_came_with_the_data_is_kept(odd):
    found = proposed(odd.assign(split=["train"] * 300 + ["test"] * 100), "Geht weg?")
    assert (found.split, found.official) == ({"kind": "official"}, "split")


def test_classes_of_few_rows_are_left_out_and_told(odd):
    labels = pd.Series(["a"] * 200 + ["b"] * 197 + ["c"] * 3)
    found = proposed(odd.assign(label=labels), "label")
    assert (found.classes, found.rare) == (("a", "b"), ("c",))
    assert any("'c'" in note for note in found.notes)


def test_words_that_are_taken_as_missing_are_told(odd):
    found = proposed(odd, "Geht weg?")
    assert any("'mixed' a value is taken as missing where it says '?'" in n for n in found.notes)


def test_classes_that_differ_in_capital_letters_are_told(odd):
    labels = np.resize(["Yes", "yes", "no"], 400)
    found = proposed(odd.assign(label=labels), "label")
    assert any("capital letters only ('Yes', 'yes')" in note for note in found.notes)
    assert not any("capital" in note for note in proposed(odd, "Geht weg?").notes)


def test_a_number_that_copies_the_target_is_left_out(odd):
    records = odd.assign(euro=odd["100%"] * 0.9 + 2)
    assert roles(proposed(records, "100%"))["euro"] == "left out"
    assert roles(proposed(records, "100%"))["2021"] == "seen"


def test_bytes_that_are_no_pictures_are_told(odd):
    with pytest.raises(
        UserError, match="'picture' holds bytes that are no picture, such as b'abc'"
    ):
        proposed(odd.assign(picture=b"abc"), "Geht weg?")


@pytest.mark.parametrize(("side", "proposed_"), [(28, False), (32, True)])
def test_a_pretrained_network_is_proposed_where_pictures_are_large_enough_for_it(
    odd, side, proposed_
):
    file = io.BytesIO()
    Image.new("L", (side, side + 4)).save(file, "png")
    records = odd[["Geht weg?"]].assign(picture=file.getvalue())
    found = proposed(records, "Geht weg?").pipelines
    assert ("odd-pretrained" in found) == proposed_
    assert found["odd-simple-cnn"]["features"] == {"flatten": False}


def test_large_tables_are_held_out_once_and_slow_architectures_stay_away():
    random, rows = np.random.default_rng(0), 110_000
    records = pd.DataFrame({"a": random.random(rows), "y": random.choice(["n", "y"], rows)})
    found = proposed(records, "y")
    assert found.validation["kind"] == "holdout"
    assert "odd-logistic" in found.pipelines
    assert "odd-svm" not in found.pipelines


def test_anomalies_are_looked_for_without_a_target(odd):
    found = proposed(odd, None, problem="anomalies")
    assert (found.problem, found.metric, found.target) == ("anomalies", "spoiled_auc", None)
    assert (found.positive, found.classes, found.validation["kind"]) == (None, (), "kfold")
    assert roles(found)["Geht weg?"] == roles(found)["copy"] == "seen"
    assert list(found.views) == ["odd-table"]
    competing = {block["architecture"] for block in found.pipelines.values()}
    assert {"baseline", "isolation_forest", "pca", "one_class_svm"} <= competing


def test_no_code_of_two_numbers_is_proposed_for_two_columns():
    records = pd.DataFrame(np.random.default_rng(0).random((200, 3)), columns=["a", "b", "c"])
    assert "odd-autoencoder" in proposed(records, None, problem="anomalies").pipelines
    assert (
        "odd-autoencoder" not in proposed(records[["a", "b"]], None, problem="anomalies").pipelines
    )


def test_a_column_that_is_named_judges_anomalies_and_is_not_seen(odd):
    found = proposed(odd, "Geht weg?", problem="anomalies")
    assert (found.metric, found.target, found.positive) == ("roc_auc", "Geht weg?", "ja")
    assert found.validation["kind"] == "stratified"
    assert roles(found)["copy"] == "left out"  # which would tell what nobody is told
    gaps = odd["Geht weg?"].mask(odd.index < 7)
    notes = proposed(odd.assign(odd=gaps), "odd", problem="anomalies").notes
    assert "7 rows without a target are left out." in notes


def test_no_column_of_a_wide_table_of_anomalies_is_made_of_the_target(odd, monkeypatch):
    monkeypatch.setattr(pipelines, "WIDE", 1)
    found = proposed(odd, "Geht weg?", problem="anomalies")
    assert found.pipelines["odd-pca"]["features"] == {"encode": "frequency"}


REFUSED = {
    "nobody said which": (None, {}, "Say which column"),
    "nearest": ("Geht weg", {}, "nearest: Geht weg"),
    "constant": ("const", {}, "one value only"),
    "empty": ("void", {}, "no value in 400 rows"),
    "too many classes": ("class", {}, "has 1.. classes.*too many to learn"),
    "a date": ("day", {}, "holds dates"),
    "words": ("flag", {"problem": "regression"}, "holds words such as"),
    "some words": ("really mixed", {"problem": "regression"}, "words such as '(red|7 up)'"),
    "spoilt numbers": ("cost", {}, "number, although 398 of 400 values are numbers; not: '12,5o';"),
    "no id": ("flag", {"id": "Class"}, "names no row for good"),
    "unknown group": ("flag", {"group": "zap"}, "no column for --group named 'zap'"),
    "no time": ("flag", {"time": "copy"}, "name one of dates or numbers"),
    "words in time": ("flag", {"time": "spoilt"}, "--time holds words such as 'no day'"),
    "gaps in time": ("flag", {"time": "2021"}, "misses"),
    "no time passes": ("flag", {"time": "ones"}, "--time holds one value only"),
    "gaps in groups": ("flag", {"group": "2021"}, "so those rows belong to no group"),
    "few groups": ("flag", {"group": "bit"}, "--group holds 2 groups, too few"),
    "many kinds of anomalies": ("Class", {"problem": "anomalies"}, "of two, such as yes and no"),
    "target and time": ("100%", {"time": "100%"}, "--target and --time both name .* '100%'"),
    "target and id": ("row", {"id": "row"}, "--target and --id both"),
    "time and group": ("flag", {"time": "day", "group": "day"}, "--time and --group both"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_case_is_told_in_one_sentence(odd, name):
    target, wishes, message = REFUSED[name]
    spoilt = odd["us"].mask(odd.index >= 370, "no day")
    cost = odd["100%"].astype(str).mask(odd.index >= 398, "12,5o")
    with pytest.raises(UserError, match=message) as raised:
        proposed(odd.assign(ones=1, row=range(400), spoilt=spoilt, cost=cost), target, **wishes)
    assert "\n" not in str(raised.value)


def test_a_blend_is_proposed_of_a_view_by_which_several_learn(odd):
    found = proposed(odd, "Geht weg?")
    by_view = [block["view"] for block in found.pipelines.values()]
    assert found.blends == {
        f"{view}-blend": {"case": "odd", "view": view}
        for view in found.views
        if by_view.count(view) > 3
    }
    assert found.blends
    assert not proposed(odd, None, problem="anomalies").blends


def test_rows_that_stand_twice_are_told(odd):
    again = pd.concat([odd, odd.head(3)], ignore_index=True)
    (note,) = (each for each in proposed(again, "Geht weg?").notes if "equal to another" in each)
    assert note.startswith("3 rows are equal to another")
    assert not any("equal to another" in each for each in proposed(odd, "Geht weg?").notes)
