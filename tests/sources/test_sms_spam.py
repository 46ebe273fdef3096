import pandas as pd

from caselab.sources import sms_spam
from tests.extracts import reading


def test_messages_with_their_labels():
    records = reading.read("sms_spam")
    assert list(records) == ["id", "text", "label"]
    assert records.iloc[0]["text"].startswith("Go until jurong point, crazy..")
    assert records.iloc[:3]["label"].tolist() == ["ham", "ham", "spam"]
    assert (records["text"].str.len() > 0).all()


def test_messages_that_another_one_swallowed_come_back():
    rows = pd.read_csv(reading.HERE / "sms_spam.csv")
    records = reading.read("sms_spam")
    assert len(records) > len(rows)
    assert not records["text"].str.contains(r"(?:^|\n)(?:ham|spam)\t").any()
    assert set(records["label"]) == {"ham", "spam"}


def test_equal_texts_have_equal_ids_and_are_kept():
    records = reading.read("sms_spam")
    assert records["id"].nunique() == records["text"].nunique() < len(records)


def test_the_publishers_file_gives_the_same(tmp_path):
    """It has the quotation marks that the package lost; both lose those at the ends."""
    records = reading.read("sms_spam")
    lines = records["label"] + "\t" + records["text"]
    lines[7] = f'ham\t"{records["text"][7]}"' if records["label"][7] == "ham" else lines[7]
    (tmp_path / "SMSSpamCollection").write_text("\n".join([*lines, ""]), encoding="utf-8")
    again = sms_spam.read_published(tmp_path / "SMSSpamCollection")
    pd.testing.assert_frame_equal(again, records)
