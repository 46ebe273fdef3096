"""Ratings of films by users; see `tests/movies.py`."""

from tests.movies import ratings

OPTIONS: dict[str, object] = {}


def records(n, random):
    """Return ratings, which tell themselves."""
    table = ratings(n_users=12, n_items=25, share=0.9, seed=int(random.integers(99))).head(n)
    assert len(table) == n
    return table.drop(columns="rating"), (table["rating"].to_numpy() - 1) / 4


def strangers(records):
    """Return a user, an item, and both that nobody has met, with nothing told of them."""
    odd = records.assign(genres="", title=None, age=float("nan"))
    return odd.assign(
        user=["new", *odd["user"].iloc[1:2], "new"][: len(odd)],
        item=[*odd["item"].iloc[:1], "new", "new"][: len(odd)],
    )
