"""Ratings of films by the users of MovieLens in 1997 and 1998, with who rated and what is rated.

Not to be redistributed: everyone fetches their own copy, and no part of it lies in this project.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from caselab.data.downloads import wheel_member, zip_member
from caselab.sources import Mirror, Source

if TYPE_CHECKING:
    import pandas as pd

GENRES = (
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
)
RATING = ["user", "item", "rating", "time"]
USER = ["user", "age", "gender", "occupation", "zip_code"]
TITLE = r"^(.*?) *(?:\((\d{4})\))? *(?:\(V\))? *$"  # V: made for video
OFFICIAL_TEST = 20_000
"""The first lines are the test part of u1, the first of the publisher's five splits."""


def read_published(ratings: Path, films: Path, users: Path) -> pd.DataFrame:
    """Return the ratings from GroupLens' own files u.data, u.item and u.user."""
    import pandas as pd

    rows = []
    for line in films.read_bytes().decode("latin1").split("\n"):
        if not line:
            continue
        item, title, _released, _video, _page, *flags = line.split("|")
        genres = [genre for genre, flag in zip(GENRES, flags, strict=True) if flag == "1"]
        rows.append((item, title, "|".join(genres)))
    return _join(
        _table(ratings, "\t", RATING),
        _table(users, "|", USER),
        pd.DataFrame(rows, columns=["item", "title", "genres"]),
    )


def read_recbole(ratings: Path, films: Path, users: Path) -> pd.DataFrame:
    """Return the ratings from the package recbole, in whose files names carry their types."""
    items = _table(films, "\t", ["item", "title", "year", "genres"], skiprows=1)
    dated = items["year"].str.isdigit()  # parted from the title, but where it is not known
    items["title"] = items["title"].replace("unkonwn", "unknown")
    items.loc[dated, "title"] += " (" + items.loc[dated, "year"] + ")"
    items["genres"] = items["genres"].str.replace(" ", "|")
    return _join(
        _table(ratings, "\t", RATING, skiprows=1),
        _table(users, "\t", USER, skiprows=1),
        items.drop(columns="year"),
    )


def _table(path: Path, delimiter: str, names: list[str], skiprows: int = 0) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(
        path,
        sep=delimiter,
        names=names,
        skiprows=skiprows,
        dtype=str,
        quoting=csv.QUOTE_NONE,
        keep_default_na=False,
    )


def _join(ratings: pd.DataFrame, users: pd.DataFrame, films: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    films[["title", "year"]] = films["title"].str.extract(TITLE)
    films = films[["item", "title", "year", "genres"]]
    table = ratings.merge(films, how="left", on="item", validate="many_to_one")
    table = table.merge(users, how="left", on="user", validate="many_to_one")
    table.insert(0, "id", table["user"] + "-" + table["item"])
    table.insert(5, "position", range(len(table)))
    table["year"] = pd.to_numeric(table["year"]).astype("float64")
    table["split"] = (table["position"] < OFFICIAL_TEST).map({True: "test", False: "train"})
    return table.astype({"rating": "float64", "time": "int64", "age": "int64"})


source = Source(
    title="MovieLens 100K",
    licence="research use only, no redistribution (https://files.grouplens.org/datasets/movielens/"
    "ml-100k-README.txt)",
    citation="Harper & Konstan (2015): The MovieLens Datasets: History and Context, ACM "
    "Transactions on Interactive Intelligent Systems 5 (4)",
    url="https://grouplens.org/datasets/movielens/100k/",
    mirrors=(
        Mirror(
            files=tuple(
                zip_member(
                    "https://files.grouplens.org/datasets/movielens/ml-100k.zip",
                    f"ml-100k/{name}",
                    sha256,
                )
                for name, sha256 in {
                    "u.data": "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
                    "u.item": "553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
                    "u.user": "f120e114da2e8cf314fd28f99417c94ae9ddf1cb6db8ce0e4b5995d40e90e62c",
                }.items()
            ),
            read=read_published,
        ),
        Mirror(
            files=tuple(
                wheel_member(
                    "recbole==1.2.1", f"recbole/dataset_example/ml-100k/ml-100k.{kind}", sha256
                )
                for kind, sha256 in {
                    "inter": "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
                    "item": "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
                    "user": "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972",
                }.items()
            ),
            read=read_recbole,
        ),
    ),
)
