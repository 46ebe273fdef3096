from caselab import sources
from caselab.sources import shuttle
from tests.extracts import reading


def test_moments_are_numbered_in_the_order_of_the_file():
    records = reading.read("shuttle")
    assert list(records) == ["row", *(f"f{number}" for number in range(1, 10)), "anomaly"]
    assert records["row"].tolist() == list(range(1, 1001))
    assert records.iloc[0].tolist() == [1, 50, 21, 77, 0, 28, 0, 27, 48, 22, 1]
    assert records["anomaly"].isin([0, 1]).all()


def test_all_places_have_the_same_file():
    assert "shuttle" in sources.names()
    assert {file.sha256 for mirror in shuttle.source.mirrors for file in mirror.files} == {
        shuttle.SHA256
    }
