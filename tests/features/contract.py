"""What every transformer of raw records must keep; called by the tests of each modality."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.pipeline import Pipeline

from caselab.storage import models


def check_transformer(transformer, records, y, folder: Path):
    """Fit on the first half of the records and ask about the second, whole and row by row.

    `y` is a target for those that look at one. `folder` takes what is stored.
    """
    half = len(records) // 2
    learn, ask = records.iloc[:half], records.iloc[half:].reset_index(drop=True)
    y = np.asarray(y)[:half]
    parameters = transformer.get_params(deep=False)
    fitted = clone(transformer).fit(learn, y)
    unchanged = clone(transformer).get_params(deep=False)
    assert list(unchanged) == list(parameters)

    whole = dense(fitted.transform(ask))
    assert len(whole) == len(ask)
    assert np.isfinite(whole).all()
    few = range(0, len(ask), max(1, len(ask) // 5))
    alone = np.concatenate([dense(fitted.transform(ask.iloc[[row]])) for row in few])
    np.testing.assert_allclose(alone, whole[list(few)], rtol=1e-6, atol=1e-9)

    again = dense(clone(transformer).fit(learn, y).transform(ask))
    np.testing.assert_array_equal(again, whole)
    names = fitted.get_feature_names_out()
    assert len(names) == len(set(names)) == whole.shape[1]

    for odd in (emptied(ask), strangers(ask)):
        assert np.isfinite(dense(fitted.transform(odd))).all()
    stored_twice(fitted, learn, y, ask, whole, folder)


def emptied(records):
    """Return the records with every value missing, texts as empty ones in half of the rows."""
    empty = records.copy()
    for name in empty:
        gap = pd.Series([None] * len(empty), index=empty.index)
        if empty[name].dtype == object:
            gap.iloc[::2] = ""
        try:
            empty[name] = gap.astype(empty[name].dtype)
        except (TypeError, ValueError):  # whole numbers and booleans have no gap
            empty[name] = np.zeros(len(empty), dtype=empty[name].dtype)
    return empty


def strangers(records):
    """Return the records with a category in each column of text that training never saw."""
    texts = {name: "never seen" for name in records if records[name].dtype == object}
    return records.assign(**texts)


def stored_twice(fitted, learn, y, ask, whole, folder):
    """Store the transformer in a pipeline twice: equal bytes, and what is read answers the same."""
    model = DummyRegressor() if y.dtype.kind == "f" else DummyClassifier()
    model.fit(np.zeros((len(y), 1)), y)
    digests = []
    for number in range(2):
        models.save(Pipeline([("features", fitted), ("model", model)]), folder / str(number))
        digests.append(hashlib.sha256((folder / str(number) / models.MODEL).read_bytes()).digest())
    assert digests[0] == digests[1]
    read = models.load(folder / "0")
    np.testing.assert_array_equal(dense(read[:-1].transform(ask)), whole)


def dense(features):
    return features.toarray() if hasattr(features, "toarray") else np.asarray(features)
