from caselab.errors import unknown


def test_an_unknown_name_tells_the_nearest():
    message = str(unknown("case", "chrun", ["churn", "prices"]))
    assert message == "There is no case 'chrun'; the nearest: churn."


def test_where_none_is_near_it_tells_some_and_how_many_there_are():
    names = [f"name-{number:03}" for number in range(300)]
    message = str(unknown("stage", "xyz", names))
    assert message.endswith("known: " + ", ".join(names[:20]) + " and 280 more.")
    assert str(unknown("sheet", "xyz", [])) == "There is no sheet 'xyz'; known: none."
