from tests.extracts import reading

TOPICS = {"acq", "crude", "earn", "grain", "interest", "money-fx", "ship", "trade"}


def test_stories_of_eight_topics_in_two_parts():
    records = reading.read("reuters_r8")
    assert list(records) == ["id", "text", "topic", "split"]
    assert set(records["topic"]) == TOPICS
    assert records["split"].value_counts().to_dict() == {"train": 178, "test": 59}
    assert records["id"].is_unique


def test_lines_of_names_and_types_are_no_stories():
    records = reading.read("reuters_r8")
    assert records["text"].str.len().min() > 60
    assert not records["topic"].isin(["Category", "d", "class"]).any()
