from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from caselab.evaluation.plots import style, words
from caselab.features import text
from caselab.problems.classification import problem as classification

BEASTS = {"cat": "purrs and sleeps", "cow": "chews and moos", "dog": "barks and runs"}


def report(model, classes=3, X=None):
    names = list(BEASTS)[:classes]
    y = pd.Series(names * 10)
    texts = pd.DataFrame({"text": [f"here is one that {BEASTS[name]} today" for name in y]})
    features = text.transformer(represent="counts")
    estimator = Pipeline([("features", features), ("model", model)]).fit(texts, y)
    answers = classification.answer(estimator, texts)
    return SimpleNamespace(
        pipeline="a-pipeline",
        case=SimpleNamespace(title="Beasts", positive=None),
        subject="Beasts · 30 test rows",
        ids=pd.Series(np.arange(len(y)).astype(str)),
        y=y,
        answers=answers,
        decided=answers.idxmax(axis=1),
        estimator=estimator,
        answer=classification.answer,
        X=texts if X is None else X,
    )


@pytest.mark.parametrize("model", [LogisticRegression(), MultinomialNB()])
@pytest.mark.parametrize("classes", [2, 3])
def test_the_first_words_of_a_class_are_its_own(model, classes):
    with style.house():
        plot = words.words(report(model, classes))
    for name in list(BEASTS)[:classes]:
        first = plot.data[plot.data["class"] == name]["word"].head(2)
        assert set(first) == set(BEASTS[name].replace("and ", "").split())
    assert (plot.data["added"] > 0).all()


@pytest.mark.parametrize("model", [LogisticRegression(), DecisionTreeClassifier(random_state=0)])
def test_the_words_that_move_an_answer_are_those_of_its_class(model):
    with style.house():
        plot = words.examples(report(model))
    assert plot.of_rows
    for name, rows in plot.data.groupby("decided"):
        assert " ".join(rows["word"]) == f"here is one that {BEASTS[name]} today"
        strongest = rows.loc[rows["moved"].abs().idxmax()]
        if isinstance(model, LogisticRegression):
            assert strongest["word"] in BEASTS[name]
            assert strongest["moved"] > 0


def test_what_weighs_no_words_has_no_words_to_draw():
    assert words.words(report(DecisionTreeClassifier())) is None


def test_what_is_no_text_is_not_read():
    numbers = report(LogisticRegression(), X=np.zeros((30, 2)))
    assert words.words(numbers) is None
    assert words.examples(numbers) is None


def test_a_long_text_is_wrapped_and_a_long_word_cut():
    lines = list(words._wrapped(pd.Series(["word"] * 50 + ["x" * 500]), 40))
    assert sum(map(len, lines)) == 51
    assert all(at <= 40 for line in lines for _, at in line)
    assert len(words._short("x" * 500)) == 18
