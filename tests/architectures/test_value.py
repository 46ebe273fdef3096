import numpy as np
import pandas as pd
import pytest

from caselab.architectures import bg_nbd, last_quarter


@pytest.fixture(scope="module")
def customers():
    """Customers who buy at gamma rates until a geometric number of purchases, as BG/NBD has it."""
    random = np.random.default_rng(0)
    rows = []
    for _ in range(1500):
        rate, leave = random.gamma(1.0, 1 / 60), random.beta(1.0, 4.0)
        age = random.uniform(200, 700)
        days, now, value = [0.0], 0.0, random.uniform(20, 60)
        while (now := now + random.exponential(1 / rate)) <= age + 90:
            days.append(now)
            if random.uniform() < leave:
                break
        past = [day for day in days if day <= age]
        spend = value * (len(days) - len(past))
        rows.append((len(past), age - past[-1], age, value, spend))
    names = ["days_bought", "recency", "tenure", "value_per_day", "spend"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def fitted(customers):
    return bg_nbd.regression().fit(customers.drop(columns="spend"))


def test_bg_nbd_expects_what_comes(fitted, customers):
    expected = fitted.predict(customers)
    assert expected.sum() == pytest.approx(customers["spend"].sum(), rel=0.15)
    assert np.corrcoef(expected, customers["spend"])[0, 1] > 0.5


def test_who_stays_away_longer_is_expected_to_spend_less(fitted):
    table = pd.DataFrame(
        {"days_bought": 10, "recency": [5.0, 100, 300], "tenure": 400.0, "value_per_day": 30.0}
    )
    assert (np.diff(fitted.predict(table)) < 0).all()


def test_bg_nbd_holds_plain_numbers_alone(fitted):
    assert all(isinstance(value, float) for value in fitted.purchases_.values())
    assert all(isinstance(value, float) for value in fitted.values_.values())


def test_a_horizon_twice_as_long_brings_less_than_twice(customers, fitted):
    both = bg_nbd.regression(horizon=180.0).fit(customers.drop(columns="spend"))
    assert 1.5 < both.predict(customers).sum() / fitted.predict(customers).sum() < 2


def test_a_customer_with_one_purchase_is_worth_what_all_are_on_average(fitted):
    once = pd.DataFrame(
        {"days_bought": 1, "recency": 30.0, "tenure": 30.0, "value_per_day": [10.0, 1000.0]}
    )
    assert np.ptp(fitted.predict(once)) == 0


def test_last_quarter_is_the_column():
    table = pd.DataFrame({"spend_90": [1.0, 2.0], "other": [3.0, 4.0]})
    assert last_quarter.regression().fit(table).predict(table).tolist() == [1, 2]


@pytest.mark.parametrize("module", [bg_nbd, last_quarter])
def test_a_table_without_the_column_is_refused(module):
    with pytest.raises(ValueError, match="the table has no column"):
        module.regression().fit(pd.DataFrame({"other": [1.0]}))
