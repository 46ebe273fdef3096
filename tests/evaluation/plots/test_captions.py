"""Pictures of what was written for pictures."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from caselab.evaluation.plots import captions
from tests.evaluation.plots.test_written import ASKED, Stub, reported

PICTURES = np.zeros((len(ASKED), 8, 8, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def report():
    return replace(reported(Stub()), X=PICTURES, background_y=pd.Series(ASKED[1:2]))


def test_pictures_stand_from_the_worst_to_the_best_with_both_names(report):
    plot = captions.pictures(report)
    assert plot.of_rows
    table = plot.data.set_index("id")
    assert table["learned"].tolist() == [text == ASKED[1] for text in ASKED]
    first, *_, last = [axes for axes in plot.figure.axes if axes.texts]
    assert [text.get_text() for text in last.texts] == ["öffne es", "öffne es"]
    assert first.texts[0].get_text().replace("\n", " ") == "der Code ist heute ganz falsch"
    assert first.texts[1].get_text() == "heute"


def test_a_long_name_takes_two_lines_and_is_cut_there(report):
    long = replace(report, y=pd.Series(["a very long name of something small " * 4] * len(ASKED)))
    plot = captions.pictures(long)
    drawn = plot.figure.axes[0].texts[0].get_text()
    assert drawn.count("\n") == 1
    assert drawn.endswith("…")
    assert max(map(len, drawn.split("\n"))) <= captions.LETTERS


def test_what_stood_in_training_is_told_from_what_did_not(report):
    table = captions.learned(report).data.set_index(["text", "metric"])
    assert table.loc[("stood in training", "chrF"), "score"] == pytest.approx(100)
    assert table.loc[("stood in training", "share equal"), "score"] == 1
    assert table.loc[("never seen", "share equal"), "score"] == 0
    assert table.loc["never seen", "rows"].unique().tolist() == [len(ASKED) * 2 // 3]
    assert (table["low"] <= table["score"]).all()


def test_nothing_is_drawn_of_texts_nor_where_all_was_learned(report):
    texts = replace(report, X=pd.DataFrame({"english": ASKED}))
    assert captions.pictures(texts) is None
    assert captions.learned(texts) is None
    assert captions.learned(replace(report, background_y=pd.Series(ASKED))) is None
