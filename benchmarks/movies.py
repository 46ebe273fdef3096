"""Ratings and recommendations against scikit-surprise and implicit: same data, one run, one thread.

Run `python -m benchmarks.movies` (some minutes). Ratings: the five published folds of MovieLens
100K (u1 to u5), RMSE and seconds of fit and answers, next to Surprise's README (5 random folds).
Recommendations: a random quarter is test and any rating is relevant, as in the benchmark of
Microsoft's `recommenders`, whose figures stand beside; films met in training are not recommended.
"""

import json
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from caselab import architectures, sources
from caselab.cases import movies_rating
from caselab.evaluation.metrics.ranking import METRICS
from caselab.features import interactions
from caselab.params import load
from caselab.recommending.recommenders import Ranker

RESULT = Path(__file__).parent / "results" / "movies.json"
SEED, FOLDS = 7, 5
README = {"Surprise baseline": 0.944, "Surprise SVD": 0.934}
"""Its .931 for nearest neighbours is of users by mean squared difference; correlation does better."""
RECOMMENDERS = {"BPR": 0.442, "LightGCN": 0.420, "NCF": 0.396, "SAR": 0.382}
SHOWN = ("ndcg_at_10", "precision_at_10", "recall_at_10")
ANY_RATING = SimpleNamespace(title="", metric="ndcg_at_10", positive=None)

Answer = Callable[[pd.DataFrame, pd.DataFrame], np.ndarray]
"""From rows to learn from and rows to answer to ratings."""


def main() -> None:
    """Measure both and report."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    records = sources.records(sources.load("src/caselab/sources/movielens.py"))
    rows, _ = movies_rating.case.clean(records)
    result = {"ratings": rating(rows), "recommendations": ranking(rows)}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


def rating(rows: pd.DataFrame) -> dict[str, Any]:
    """Return RMSE by fold and seconds of each contestant."""
    contestants: dict[str, Answer] = {
        "Surprise baseline": _surprise("BaselineOnly"),
        "Surprise SVD": _surprise("SVD", random_state=SEED),
        "Surprise k nearest items": _surprise("KNNBaseline", sim_options=_similarity(False)),
        "Surprise k nearest users": _surprise("KNNBaseline", sim_options=_similarity(True)),
        **{
            name: _caselab(name)
            for name, block in load().pipelines.items()
            if block.case == "movies_rating" and block.architecture != "neural_recommender"
        },
    }
    print(f"{'RMSE':<38}{'u1':>8}{'u1 to u5':>10}{'seconds':>9}{'README':>8}")
    result = {}
    for name, answer in contestants.items():
        errors, seconds = [], []
        for fold in range(FOLDS):
            asked = rows["position"] // (len(rows) // FOLDS) == fold
            start = time.perf_counter()
            answers = answer(rows[~asked], rows[asked])
            seconds.append(time.perf_counter() - start)
            errors.append(float(np.sqrt(np.mean((answers - rows.loc[asked, "rating"]) ** 2))))
        result[name] = {"rmse": errors, "seconds": float(np.mean(seconds))}
        published = f"{README[name]:.3f}" if name in README else ""
        print(
            f"{name:<38}{errors[0]:>8.4f}{np.mean(errors):>10.4f}{np.mean(seconds):>9.1f}"
            f"{published:>8}",
            flush=True,
        )
    return result


def ranking(rows: pd.DataFrame) -> dict[str, Any]:
    """Return nDCG, precision and recall at 10 and seconds of each contestant."""
    is_test = np.random.default_rng(SEED).random(len(rows)) < 0.25
    learn, asked = rows[~is_test], rows[is_test].reset_index(drop=True)
    contestants: dict[str, Any] = {
        "implicit ALS": _Implicit("als", factors=24, regularization=10.0, alpha=2.0, iterations=15),
        "implicit BPR": _Implicit("bpr", factors=64, iterations=100),
        **{
            name: architectures.build(block, "interactions", "ranking", SEED, 1)
            for name, block in load().pipelines.items()
            if block.case == "movies_ranking" and block.architecture != "neural_recommender"
        },
    }
    print(
        f"\n{'at 10, any rating relevant':<38}{'nDCG':>8}{'precision':>11}{'recall':>8}{'seconds':>9}"
    )
    for name, figure in RECOMMENDERS.items():
        print(f"{'recommenders README, ' + name:<38}{figure:>8.3f}")
    result: dict[str, Any] = {"published": RECOMMENDERS}
    for name, model in contestants.items():
        start = time.perf_counter()
        answers = model.fit(interactions.view(learn), learn["rating"]).predict(
            interactions.view(asked)
        )
        seconds = time.perf_counter() - start
        scores = {
            metric: METRICS[metric].function(asked["rating"], answers, {}, ANY_RATING)
            for metric in SHOWN
        }
        result[name] = scores | {"seconds": seconds}
        ndcg, precision, recall = scores.values()
        print(f"{name:<38}{ndcg:>8.4f}{precision:>11.4f}{recall:>8.4f}{seconds:>9.1f}", flush=True)
    return result


class _Implicit:
    """The library as its documentation uses it, on plain who-met-what; ranks from its own factors."""

    def __init__(self, kind: str, **settings: Any):
        self.kind = kind
        self.settings = settings | {"num_threads": 1, "random_state": SEED}

    def fit(self, X: pd.DataFrame, y: pd.Series) -> "_Implicit":
        from implicit.cpu.als import AlternatingLeastSquares
        from implicit.cpu.bpr import BayesianPersonalizedRanking

        self.ranker = Ranker(architectures.load("popularity").Counts()).fit(X, y)
        self.met = self.ranker.met_.table().astype(np.float32)
        models = {"als": AlternatingLeastSquares, "bpr": BayesianPersonalizedRanking}
        self.model = models[self.kind](**self.settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model.fit(self.met, show_progress=False)
        return self

    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        asked = self.ranker.met_.queries(X)
        users, place = np.unique(asked.user, return_inverse=True)
        top, _ = self.model.recommend(users, self.met[users], N=10, filter_already_liked_items=True)
        hits = top[place] == asked.item[:, None]  # (n_samples, 10)
        rank = np.where(hits.any(axis=1), hits.argmax(axis=1) + 1.0, np.inf)
        return pd.DataFrame({"user": X["user"].to_numpy(), "rank": rank})


def _caselab(name: str) -> Answer:
    def answer(learn: pd.DataFrame, asked: pd.DataFrame) -> np.ndarray:
        block = load().pipelines[name]
        model = architectures.build(block, "interactions", "recommendation", SEED, 1)
        model.fit(interactions.view(learn), learn["rating"])
        return model.predict(interactions.view(asked))

    return answer


def _surprise(kind: str, **settings: Any) -> Answer:
    def answer(learn: pd.DataFrame, asked: pd.DataFrame) -> np.ndarray:
        import surprise

        reader = surprise.Reader(rating_scale=(1, 5))
        columns = ["user", "item", "rating"]
        train = surprise.Dataset.load_from_df(learn[columns], reader).build_full_trainset()
        model = getattr(surprise, kind)(verbose=False, **settings)
        model.fit(train)
        found = model.test(list(asked[columns].itertuples(index=False, name=None)))
        return np.array([each.est for each in found])

    return answer


def _similarity(of_users: bool) -> dict[str, Any]:
    return {"name": "pearson_baseline", "user_based": of_users}


if __name__ == "__main__":
    main()
