"""What recommends, on made-up ratings: all of it alike, then what is special to each."""

import inspect

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from caselab import architectures
from caselab.features import interactions
from tests.architectures.every import entries
from tests.movies import ratings

QUICK = {"max_epochs": 6, "batch_size": 256, "learning_rate": 0.01}
RATING = [entry for entry in entries() if entry.problem == "recommendation"]
RANKING = [entry for entry in entries() if entry.problem == "ranking"]


@pytest.fixture(scope="module")
def table():
    return ratings(n_users=120, n_items=60)


def fit(entry, table):
    return entry.pipeline(**QUICK).fit(interactions.view(table), table["rating"])


def rating_by(name, table, **settings):
    """Return an architecture of some factors or neighbours, fitted to ratings."""
    architect = architectures.load(name).recommendation
    taken = inspect.signature(architect).parameters
    known = {"n_factors": 3, "n_neighbors": 10, "shrinkage": 5.0, "random_state": 7} | settings
    model = architect(**{key: value for key, value in known.items() if key in taken})
    pipeline = Pipeline([("features", interactions.transformer()), ("model", model)])
    return pipeline.fit(interactions.view(table), table["rating"])


def rmse(model, table):
    return float(np.sqrt(np.mean((model.predict(interactions.view(table)) - table["rating"]) ** 2)))


@pytest.mark.parametrize("entry", RATING, ids=str)
def test_ratings_are_better_than_the_mean_and_finite_for_the_never_seen(entry, table):
    learn, asked = table[len(table) // 5 :], table[: len(table) // 5]
    model = fit(entry, learn)
    assert rmse(model, asked) < 0.95 * asked["rating"].std()
    strangers = asked.head(3).assign(user=["new", asked["user"].iloc[1], "new"])
    strangers = strangers.assign(item=["new", "new", asked["item"].iloc[2]], genres="", age=np.nan)
    answers = model.predict(interactions.view(strangers))
    assert ((answers >= 1) & (answers <= 5)).all()
    alone = model.predict(strangers[["user", "item"]])
    assert np.isfinite(alone).all()


@pytest.mark.parametrize("entry", RANKING, ids=str)
def test_every_item_has_a_rank_of_its_own(entry, table):
    model = fit(entry, table)
    seen = set(table.loc[table["user"] == "3", "item"])
    left = sorted(set(table["item"]) - seen)
    answers = model.predict(pd.DataFrame({"user": "3", "item": left}))
    assert sorted(answers["rank"]) == list(range(1, len(left) + 1))
    assert not seen & set(answers["recommended"][0].split("\n"))


@pytest.mark.parametrize("entry", RANKING, ids=str)
def test_recommendations_say_why_also_to_the_never_seen(entry, table):
    answers = fit(entry, table).predict(pd.DataFrame({"user": ["3", "new"]}))
    assert all(len(reason) > 5 for reasons in answers["why"] for reason in reasons)
    assert answers["why"][1][0].startswith("new user; rated by ")


@pytest.mark.parametrize("name", ["neighbours", "matrix_factorization", "hybrid"])
def test_tastes_are_learned_beyond_what_is_popular(name, table):
    learn, asked = table[len(table) // 5 :], table[: len(table) // 5]
    plain = rmse(rating_by("popularity", learn), asked)
    assert rmse(rating_by(name, learn), asked) < 0.97 * plain


def test_content_judges_a_new_film_by_its_genres(table):
    cold = set(np.unique(table["item"])[:10])
    learn, asked = table[~table["item"].isin(cold)], table[table["item"].isin(cold)]
    plain = rmse(rating_by("popularity", learn), asked)
    for name in ("content", "hybrid"):
        assert rmse(rating_by(name, learn), asked) < plain


def test_who_met_what_helps_where_it_tells_of_taste(table):
    learn, asked = table[len(table) // 5 :], table[: len(table) // 5]
    plain, told = (
        rmse(rating_by("matrix_factorization", learn, implicit_feedback=flag), asked)
        for flag in (False, True)
    )
    assert told < plain + 0.01


def test_neighbours_answers_are_the_formula_written_out():
    table = ratings(n_users=12, n_items=8)
    model = rating_by("neighbours", table, n_neighbors=3)[-1]
    scorer, met = model.scorer_, model.met_
    row = table.iloc[[5]]
    left = dict(
        zip(
            zip(table["user"], table["item"], strict=True),
            table["rating"] - scorer.biases_.rate(met.queries(table)),
            strict=True,
        )
    )
    user, item = row["user"].iloc[0], row["item"].iloc[0]
    near = []
    for other in met.items.names:
        if other == item or (user, other) not in left:
            continue
        both = [u for u in met.users.names if (u, item) in left and (u, other) in left]
        x = np.array([left[u, item] for u in both])
        y = np.array([left[u, other] for u in both])
        correlation = x @ y / np.sqrt((x @ x) * (y @ y)) if both else 0.0
        near.append((correlation * len(both) / (len(both) + 5.0), left[user, other]))
    best = [(weight, value) for weight, value in sorted(near)[-3:] if weight > 0]
    added = sum(w * v for w, v in best) / (sum(w for w, _ in best) + 1.0)
    expected = scorer.biases_.rate(met.queries(row))[0] + added
    assert scorer.rate(met.queries(row))[0] == pytest.approx(expected)
