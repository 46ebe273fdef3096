"""Emoji of two makers: their drawings and what they are called."""

from caselab.data.pictures import pixels
from tests.extracts import reading


def test_each_maker_has_drawn_the_same_emoji_and_calls_them_alike():
    records = reading.read("emoji")
    assert records["id"].is_unique
    names = [part[["emoji", "name"]].to_numpy().tolist() for _, part in records.groupby("maker")]
    assert names[0] == names[1]
    assert len(names[0]) == 83
    assert {pixels(file).shape[:2] for file in records["picture"]} == {(64, 64)}


def test_tones_of_skin_are_told_and_share_their_emoji():
    records = reading.read("emoji").query("maker == 'google'")
    toned = records[records["name"].str.contains(": ")].groupby("emoji")["name"].apply(list)
    toned = toned[toned.map(len) == 5]
    assert len(toned) > 0
    base, tone = toned.iloc[0][0].split(": ")
    assert tone == "light skin tone"
    assert base in set(records["name"])
    assert base == base.lower()
