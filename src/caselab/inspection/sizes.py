"""Settings that go with the size of a table, where an architecture's defaults suit another one.

Defaults of `architectures/` stand for some thousand rows. What is proposed for a table of 25 or of
50,000 was chosen by cross-validation on training rows of real tables cut to such sizes, and stands
in params.yaml to be changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

FEW, SOME, MANY = 200, 2_000, 20_000
"""Rows of one fit."""


@dataclass(frozen=True)
class Size:
    """How much one fit has to learn from."""

    rows: int
    rarest: int
    """Rows of the rarest class; all rows where a number is asked."""
    classes: int = 0

    @property
    def root_of_rarest(self) -> float:
        """The square root of the rows of the rarest class: leaves grow with it, and their number too."""
        return math.sqrt(self.rarest)


Settings = Mapping[str, Mapping[str, Any]]
"""Keyword arguments by `model` and `training`."""


def folds(rows: int, rarest: int) -> int:
    """Return how many folds: more where rows are few, so that each fit still learns from most.

    Args:
        rows: of train.
        rarest: those of the rarest class; each fold holds one of them at least.
    """
    wanted = 10 if rows < SOME / 2 else 5 if rows < MANY else 3
    return max(2, min(wanted, rarest))


def settings(architecture: str, problem: str, size: Size) -> Settings:
    """Return what is proposed beside the defaults; nothing where they suit any size."""
    choose = _CHOSEN.get((architecture, problem)) or _CHOSEN.get((architecture, "any"))
    return choose(size) if choose else {}


def _tree_of_classes(size: Size) -> Settings:
    model = {"min_samples_leaf": _leaf(0.6 * size.root_of_rarest, least=2, most=50)}
    questions = math.ceil(math.log2(size.classes))  # after which each class may have a leaf
    return {"model": model | ({"max_depth": 4 + questions} if questions > 2 else {})}


def _tree_of_numbers(size: Size) -> Settings:
    model = {"min_samples_leaf": _leaf(size.root_of_rarest, least=2, most=10)}
    return {"model": model | ({"max_depth": 12} if size.rows >= MANY else {})}


def _forest_of_classes(size: Size) -> Settings:
    return {"model": {"min_samples_leaf": _leaf(0.3 * size.root_of_rarest, least=1, most=20)}}


def _boosted(size: Size) -> Settings:
    if size.rows >= FEW:
        return {"model": {"min_child_weight": 5.0 if size.rows >= SOME else 1.0}}
    # Held out rows would be a handful, whose loss tells nothing of when to stop.
    few = {"n_estimators": 100, "learning_rate": 0.05, "min_child_weight": 1.0}
    return {"model": few | {"validation_fraction": 0.0}}


def _machine_of_classes(_: Size) -> Settings:
    return {"model": {"gamma": "scale"}}


def _machine_of_numbers(size: Size) -> Settings:
    return {"model": {"C": 1.0}} if size.rows < SOME else {}


def _network(size: Size) -> Settings:
    if size.rows < FEW:
        training = {"batch_size": 16, "max_epochs": 50, "validation_fraction": 0.0}
        return {"model": {"hidden": [32], "dropout": 0.2}, "training": training}
    if size.rows < SOME:
        return {"model": {"dropout": 0.2}, "training": {"batch_size": 32}}
    if size.rows < MANY:
        return {"model": {"dropout": 0.2}}
    wide = {"hidden": [256, 128], "dropout": 0.1}
    return {"model": wide, "training": {"batch_size": 512}}


def _pretrained(_: Size) -> Settings:
    # What stands still answers each picture once: minutes on a CPU, where fine-tuning takes hours.
    return {"training": {"phases": [{"epochs": 30, "learn": ["head"]}]}}


def _writer(size: Size) -> Settings:
    # As many steps as params.yaml has for some thousand rows
    epochs = max(4, min(60, round(10 * 7_000 / size.rows)))
    training = {"schedule": "cosine", "max_epochs": epochs, "validation_fraction": 0}
    steps = {"batch_size": 32, "learning_rate": 0.004, "gradient_clip": 1, "weight_decay": 0}
    return {"training": training | steps}


def _leaf(rows: float, least: int, most: int) -> int:
    return max(least, min(most, round(rows)))


_CHOSEN: dict[tuple[str, str], Callable[[Size], Settings]] = {
    ("decision_tree", "classification"): _tree_of_classes,
    ("decision_tree", "regression"): _tree_of_numbers,
    ("random_forest", "classification"): _forest_of_classes,
    ("xgboost", "any"): _boosted,
    ("svm", "classification"): _machine_of_classes,
    ("svm", "regression"): _machine_of_numbers,
    ("mlp", "any"): _network,
    ("pretrained", "any"): _pretrained,
    ("seq2seq", "generation"): _writer,
    ("transformer", "generation"): _writer,
}
