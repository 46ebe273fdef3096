import pandas as pd

from caselab.data.texts import MOST_LETTERS, repair


def test_texts_are_repaired_row_by_row_and_counted():
    given = ["fine", None, "a" * (MOST_LETTERS + 5), "tab\tstays", "nul\x00goes", "half \ud83d", 7]
    repaired, counts = repair(pd.DataFrame({"text": pd.Series(given, dtype=object)}))
    assert list(repaired["text"]) == [
        "fine",
        "",
        "a" * MOST_LETTERS,
        "tab\tstays",
        "nul goes",
        "half  ",
        "7",
    ]
    assert list(counts.values()) == [1, 2, 1]
    assert "100,000 letters" in list(counts)[2]


def test_another_column_is_named_in_the_counts():
    repaired, counts = repair(pd.DataFrame({"review": ["a", None]}), "review")
    assert list(repaired["review"]) == ["a", ""]
    assert counts["review missing: empty"] == 1
