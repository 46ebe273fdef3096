"""Subwords: the ids that a pretrained network reads."""

import logging
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from caselab.features.steps.texts import texts
from caselab.learning.vocabulary import PADDING

log = logging.getLogger(__name__)


class Subwords(TransformerMixin, BaseEstimator):
    """The ids of a text's first subwords, as a backbone's own tokenizer cuts them.

    Integers `(n_samples, length)`: the tokenizer's numbers plus 1, and 0 after a text's end. What
    marks start and end stays where a text is cut; how many were cut is told in the log.

    Args:
        backbone: whose subwords; as in the architecture `pretrained`.
        length: how many of a text at most, with what marks its start and end.

    Attributes:
        tokenizer_: JSON of the library tokenizers.
    """

    gives_ids = True

    def __init__(self, backbone: str = "minilm", length: int = 200):
        self.backbone = backbone
        self.length = length

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made of `tokenizer_` when it is needed."""
        return {name: part for name, part in super().__getstate__().items() if name != "_cutter"}

    def fit(self, X: Any, y: Any = None) -> Self:
        """Bring the tokenizer; of the texts nothing is learned.

        Raises:
            UserError: it cannot be had.
        """
        from caselab.learning import backbones  # which brings torch

        self.tokenizer_ = backbones.tokenizer(self.backbone)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Cut these texts."""
        rows: np.ndarray = np.full((len(X), self.length), PADDING, dtype=np.int64)
        n_cut = 0
        for row, found in zip(rows, self._encoded(X), strict=True):
            row[: len(found.ids)] = np.add(found.ids, 1)
            n_cut += bool(found.overflowing)
        if n_cut:
            log.warning(
                "%s of %s texts have more than %s subwords, and are read as far as that",
                *(f"{number:,}" for number in (n_cut, len(rows), self.length)),
            )
        return rows

    def remarks(self, X: Any) -> dict[int, str]:
        """Return what is to be told of texts that are not read to their end, by their place."""
        return {
            row: f"the text has more than {self.length:,} subwords, of which the first are read"
            for row, found in enumerate(self._encoded(X))
            if found.overflowing
        }

    def _encoded(self, X: Any) -> Any:
        """Return what the library says of each text."""
        check_is_fitted(self, "tokenizer_")
        if not hasattr(self, "_cutter"):
            self._cutter = _cutter(self.tokenizer_, self.length)
        return self._cutter.encode_batch(texts(X))


def _cutter(tokenizer: str, length: int) -> Any:
    from tokenizers import Tokenizer

    cut = Tokenizer.from_str(tokenizer)
    cut.no_padding()
    cut.enable_truncation(length)
    return cut
