import pandas as pd

from tests.extracts import reading


def test_half_hours_follow_each_other_from_the_year_s_beginning():
    records = reading.read("elecdemand")
    assert list(records) == ["time", "demand", "workday", "temperature"]
    assert records["time"].iloc[0] == pd.Timestamp("2014-01-01")
    assert (records["time"].diff().iloc[1:] == pd.Timedelta(minutes=30)).all()
    assert records.iloc[0].tolist()[1:] == [3.914647, 0.0, 18.2] or records["demand"].iloc[0] > 3.9
    assert records["workday"].isin([0, 1]).all()
