"""Text pipelines against plain scikit-learn: the same texts, one run, one thread.

Run `python -m benchmarks.text` (some minutes). On the official split of R8 and on ours of the spam
and question messages, each linear pipeline of params.yaml stands beside what scikit-learn's user
guide makes of texts: its own vectorizer and the same kind of model, all settings left as they are.
Seconds are those of fit and answers together, the least of `REPEATS` runs that take turns.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from caselab import architectures, cases, problems, sources
from caselab.evaluation.intervals import intervals
from caselab.features import text
from caselab.params import Params, load
from caselab.stages.prepare import prepare
from caselab.storage.datasets import Dataset
from caselab.storage.determinism import repeatable

RESULT = Path(__file__).parent / "results" / "text.json"
CASES = ("news_topics", "messages_spam", "messages_questions")
REPEATS = 3
PEERS = {
    "multinomial-nb": make_pipeline(CountVectorizer(), MultinomialNB()),
    "logistic": make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000)),
    "linear-svm": make_pipeline(TfidfVectorizer(), LinearSVC()),
}


def main() -> None:
    """Measure both and report."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    settings = load()
    shown = Table(title=f"texts: test score and seconds, least of {REPEATS}")
    for column in ("case", "model", "metric", "ours", "scikit-learn", "seconds", "scikit-learn's"):
        shown.add_column(column)
    result = []
    with repeatable(settings.seed, settings.threads):
        for case in CASES:
            train, test = rows(settings, case)
            for model in PEERS:
                line = contest(settings, case, model, train, test)
                result.append(line)
                shown.add_row(
                    case,
                    model,
                    line["metric"],
                    "{:.4f} ({:.3f} to {:.3f})".format(line["ours"], *line["interval"]),
                    f"{line['scikit_learn']:.4f}",
                    f"{line['seconds']:.1f}",
                    f"{line['scikit_learn_seconds']:.1f}",
                )
    Console().print(shown)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


def rows(settings: Params, name: str) -> tuple[Dataset, Dataset]:
    """Return the training and the test rows of a case, as prepare makes them."""
    block = settings.cases[name]
    source = settings.sources[block.source]
    records = sources.records(sources.load(source.origin, **source.options))
    train, test, _ = prepare([records], cases.load(name), block)
    return train, test


def contest(
    settings: Params, name: str, model: str, train: Dataset, test: Dataset
) -> dict[str, Any]:
    """Return the scores and seconds of ours and of scikit-learn's pipeline."""
    case = cases.load(name)
    problem = problems.load(case.problem)
    ours = architectures.build(
        settings.pipelines[f"{name}-{model}"], "text", case.problem, settings.seed, threads=1
    )
    peer = PEERS[model]
    assert train.y is not None
    assert test.y is not None
    X, asked = text.view(train.X), text.view(test.X)
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(REPEATS):
        start = time.process_time()
        fitted = clone(ours).fit(X, train.y)
        answers = problem.answer(fitted, asked)
        seconds["ours"].append(time.process_time() - start)
        start = time.process_time()
        guessed = clone(peer).fit(X["text"], train.y).predict(asked["text"])
        seconds["peer"].append(time.process_time() - start)
    metric = problem.metrics[case.metric]
    low, high = intervals(
        {case.metric: metric}, test.y, answers, {}, case, units=np.arange(len(asked)), seed=0
    )[case.metric]
    return {
        "case": name,
        "model": model,
        "metric": case.metric,
        "ours": metric.function(test.y, answers, {}, case),
        "interval": [low, high],
        "scikit_learn": metric.function(test.y, _certain(guessed, answers), {}, case),
        "seconds": min(seconds["ours"]),
        "scikit_learn_seconds": min(seconds["peer"]),
    }


def _certain(labels: np.ndarray, answers: pd.DataFrame) -> pd.DataFrame:
    """Return labels as answers that leave no doubt, so that one metric scores both."""
    return pd.DataFrame({name: (labels == name).astype(float) for name in answers})


if __name__ == "__main__":
    main()
