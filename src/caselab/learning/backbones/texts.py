"""Networks that others have trained on texts, and what they must be given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from caselab.errors import UserError
from caselab.learning.layers.bert import MeanOfSubwords
from caselab.learning.pretrained import Weights


@dataclass(frozen=True)
class TextBackbone:
    """A network from ids of subwords to states; see layers/bert.py for what both are.

    Args:
        network: from ids (batch, places) to states (batch, places, n_features).
        n_features: of a state.
        weights: that others have trained it to.
        n_ids: numbers that its tokenizer gives.
        longest: subwords of a text that it takes.
        start: the number by which its tokenizer begins each text; None: there is none.
    """

    network: nn.Module
    n_features: int
    weights: Weights
    n_ids: int
    longest: int
    start: int | None

    def check(self, name: str, X: Any) -> None:
        """Refuse rows that are no subwords of its own tokenizer.

        Raises:
            UserError: they are not.
        """
        rows = np.asarray(X)
        theirs = rows.ndim != 2 or rows.min() < 0 or rows.max() > self.n_ids
        if theirs or (self.start is not None and (rows[:, 0] != self.start + 1).any()):
            raise UserError(
                f"{name} reads subwords as its own tokenizer cuts them, and these rows are none; "
                "set features to {represent: subwords, backbone: …} of the same name, of a view of "
                "texts."
            )

    def layers(self, name: str, shape: tuple[int, ...]) -> dict[str, nn.Module]:
        """Return what takes ids of a shape to features (batch, n_features), by name.

        Raises:
            UserError: the rows are no texts, or longer than it takes.
        """
        (length,) = shape
        if length > self.longest:
            raise UserError(
                f"{name} takes texts of {self.longest} subwords at most, and these have {length}; "
                "lower features.length."
            )
        return {"backbone": self.network, "pool": MeanOfSubwords()}
