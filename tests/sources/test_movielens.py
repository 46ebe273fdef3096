"""Of a table drawn at random: MovieLens itself may not be passed on."""

import numpy as np
import pandas as pd
import pytest

from caselab.data import downloads
from caselab.sources import movielens

COLUMNS = [
    *["id", "user", "item", "rating", "time", "position", "title", "year", "genres"],
    *["age", "gender", "occupation", "zip_code", "split"],
]
FILMS = [  # title in both forms, year, numbers of its genres
    ("Köln by Night (1994)", "Köln by Night", "1994", [1, 16]),
    ("Gardens, The (1931)", "Gardens, The", "1931", [8]),
    ("unknown", "unkonwn", "unkonwn", [0]),
    ("Bears III (1995) (V)", "Bears III (1995)", "V", [3, 4]),
]


@pytest.fixture
def drawn():
    draw = np.random.default_rng(0)
    pairs = [(user, item) for user in range(1, 9) for item in range(1, 5)]
    draw.shuffle(pairs)
    return [
        f"{user}\t{item}\t{draw.integers(1, 6)}\t{draw.integers(874_724_710, 893_286_638)}"
        for user, item in pairs
    ]


@pytest.fixture
def published(drawn, tmp_path):
    """u.data, u.item and u.user."""
    films = []
    for number, (title, _, year, genres) in enumerate(FILMS, start=1):
        released = f"01-Jan-{year}" if year.isdigit() else ""
        flags = "|".join("1" if genre in genres else "0" for genre in range(19))
        films.append(f"{number}|{title}|{released}||https://example.org|{flags}")
    users = [f"{user}|{20 + user}|F|writer|0{user}023" for user in range(1, 9)]
    return write(tmp_path, "latin1", drawn, films, users)


@pytest.fixture
def packaged(drawn, tmp_path):
    """ml-100k.inter, ml-100k.item and ml-100k.user."""
    films = ["item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq"]
    for number, (_, title, year, genres) in enumerate(FILMS, start=1):
        names = " ".join(movielens.GENRES[genre] for genre in genres)
        films.append(f"{number}\t{title}\t{year}\t{names}")
    users = ["user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token"]
    users += [f"{user}\t{20 + user}\tF\twriter\t0{user}023" for user in range(1, 9)]
    header = "user_id:token\titem_id:token\trating:float\ttimestamp:float"
    return write(tmp_path, "utf-8", [header, *drawn], films, users)


def write(folder, encoding, *files):
    paths = [folder / f"{encoding}-{number}" for number in range(len(files))]
    for path, lines in zip(paths, files, strict=True):
        path.write_text("\n".join([*lines, ""]), encoding=encoding)
    return paths


def test_ratings_with_who_rated_and_what_is_rated(published, drawn):
    records = movielens.read_published(*published)
    assert list(records) == COLUMNS
    user, item, rating, time = drawn[5].split("\t")
    told = records.iloc[5]
    assert (told["id"], told["user"], told["item"]) == (f"{user}-{item}", user, item)
    assert (told["rating"], told["time"], told["position"]) == (float(rating), int(time), 5)
    assert (told["age"], told["zip_code"]) == (20 + int(user), f"0{user}023")


def test_titles_years_and_genres(published):
    films = movielens.read_published(*published).drop_duplicates("item").set_index("item")
    assert films.loc["1", ["title", "year", "genres"]].tolist() == [
        "Köln by Night",
        1994.0,
        "Action|Thriller",
    ]
    assert films.loc["2", "title"] == "Gardens, The"
    assert films.loc["3", "title"] == "unknown"
    assert np.isnan(films.loc["3", "year"])
    assert films.loc["4", ["title", "year"]].tolist() == ["Bears III", 1995.0]


def test_the_package_gives_the_same(published, packaged):
    pd.testing.assert_frame_equal(
        movielens.read_recbole(*packaged), movielens.read_published(*published)
    )


def test_the_real_ones_have_the_known_size_and_official_test():
    packaged = movielens.source.mirrors[-1]
    try:
        paths = [downloads.fetch(file) for file in packaged.files]
    except downloads.UnavailableError as error:
        pytest.skip(f"recbole cannot be had here: {error}")
    records = packaged.read(*paths)
    assert records.shape == (100_000, 14)
    assert (records["user"].nunique(), records["item"].nunique()) == (943, 1682)
    assert records["split"].value_counts().to_dict() == {"train": 80_000, "test": 20_000}
    # As the publisher's u1.test has them: only of the first 462 users.
    assert records.loc[records["split"] == "test", "user"].astype(int).max() == 462
    assert records["year"].isna().sum() == 9
