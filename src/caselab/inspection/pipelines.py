"""Which views show a case's columns, and which architectures compete on each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caselab.params.checks import names
from caselab.params.signatures import PACKAGE, module

ALL, MANY, SOME, FEW = 10**9, 300_000, 100_000, 10_000
"""Rows up to which an architecture is no matter of hours."""

WIDE = 2**29
"""Bytes of a table above which categories are one number each, not a column for each of theirs."""


@dataclass(frozen=True)
class Choice:
    """An architecture that suits a view."""

    architecture: str
    most_rows: int = ALL
    features: Mapping[str, Any] = field(default_factory=dict)
    least_width: int = 0
    """Columns of a table, or pixels of a picture's shorter side: of fewer nothing is left to learn."""


_TERMS = {"sublinear_tf": True, "min_df": 2}
_WHOLE = {"flatten": False}
_RAW = {"represent": "raw"}
_TOKENS = {"represent": "tokens", "min_df": 2}

CHOICES: dict[tuple[str, str], tuple[Choice, ...]] = {
    ("table", "classification"): (
        Choice("logistic"),
        Choice("decision_tree"),
        Choice("naive_bayes"),
        Choice("svm", FEW),
        Choice("random_forest", SOME),
        Choice("xgboost"),
        Choice("mlp", SOME),
    ),
    ("table", "regression"): (
        Choice("linear"),
        Choice("ridge"),
        Choice("lasso", MANY),
        Choice("decision_tree"),
        Choice("svm", FEW),
        Choice("random_forest", SOME),
        Choice("xgboost"),
        Choice("mlp", SOME),
    ),
    ("table", "anomalies"): (
        Choice("isolation_forest"),
        Choice("pca"),
        Choice("one_class_svm"),
        Choice("local_outlier_factor", SOME),
        Choice("autoencoder", SOME, least_width=3),  # its code has two numbers
    ),
    ("text", "classification"): (
        Choice("multinomial_nb", features={"represent": "counts", "min_df": 2}),
        Choice("logistic", features=_TERMS),
        Choice("linear_svm", features=_TERMS),
        Choice("text_cnn", FEW, features=_TOKENS),
    ),
    ("text", "generation"): (
        Choice("nearest", features=_TERMS),
        Choice("seq2seq", SOME, features=_RAW),
        Choice("transformer", SOME, features=_RAW),
    ),
    ("text", "regression"): (Choice("ridge", features=_TERMS),),
    ("sentences", "tagging"): (Choice("crf"), Choice("recurrent", SOME)),
    ("pictures", "classification"): (
        Choice("logistic", SOME),
        Choice("random_forest", SOME),
        Choice("xgboost", FEW),
        Choice("mlp", SOME),
        Choice("lenet", SOME, features=_WHOLE),
        Choice("simple_cnn", SOME, features=_WHOLE),
        Choice("pretrained", FEW, features=_WHOLE, least_width=32),
    ),
    ("pictures", "anomalies"): (
        Choice("isolation_forest", SOME),
        Choice("pca", SOME),
    ),
    ("pictures", "regression"): (
        Choice("ridge", SOME),
        Choice("random_forest", FEW),
        Choice("mlp", SOME),
    ),
}
"""In the order in which they are written down. One whose file or function is not there is left out."""


def suited(
    view: str, problem: str, rows: int, width: int, package: Path = PACKAGE
) -> Iterator[Choice]:
    """Yield the architectures for a view, the baseline first.

    `width` counts the columns of a table, or the pixels of the shorter side of pictures.
    """
    for choice in (Choice("baseline"), *CHOICES.get((view, problem), ())):
        fits = rows <= choice.most_rows and width >= choice.least_width
        if fits and _solves(choice.architecture, problem, package):
            yield choice


def _solves(architecture: str, problem: str, package: Path) -> bool:
    folder = package / "architectures"
    return (
        architecture in names(folder) and problem in module(folder / f"{architecture}.py").functions
    )
