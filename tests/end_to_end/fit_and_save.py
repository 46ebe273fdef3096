"""Fit every architecture to toy rows and save it: a program for test_stored_models.py to start."""

import sys
from pathlib import Path

import pytest

from caselab import problems
from caselab.storage import models
from tests import toys
from tests.architectures.every import entries

if __name__ == "__main__":
    for entry in entries():
        folder = Path(sys.argv[1]) / str(entry)
        toy = toys.rows(entry.problem, entry.view)
        try:
            model = entry.fit(toy.X, toy.y)
        except pytest.skip.Exception:  # a network that takes rows of another shape
            continue
        models.save(model, folder / "model")
        answers = problems.load(entry.problem).answer(model, toy.asked)
        answers.to_pickle(folder / "answers.pickle")  # to the last bit, whatever the columns hold
