"""Nearest: what was written for the most similar row of training, as a translation memory answers."""

import io
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.preprocessing import normalize
from sklearn.utils.validation import check_is_fitted

from caselab.sequences.decoding import Strategy
from caselab.sequences.writing import Sentences

AT_ONCE = 500


def generation() -> "Nearest":
    """Answer with what was written for the nearest row by the cosine of its features.

    Of texts these are weights of terms (`represent: tfidf`), of pictures their pixels.

    Source: Bowker (2002), Computer-aided translation technology, chapter 5.
    """
    return Nearest()


class Nearest(BaseEstimator):
    """What was written for the nearest row.

    Attributes:
        rows_: (n_samples, n_features), of length 1 each, sparse where they were given so.
        written_: what was written for each row, one a line.
    """

    state_suffix = ".npz"

    def fit(self, X: Any, y: Any) -> Self:
        """Keep rows (n_samples, n_features) and what was written for them (n_samples,)."""
        self.rows_ = _of_length_1(X)
        self.written_ = "\n".join(" ".join(str(text).split()) for text in y)
        return self

    def write(self, X: Any, strategy: Strategy | None = None) -> Sentences:
        """Return what was written for the nearest row, and how like the two are, up to 1."""
        del strategy  # no token is chosen
        check_is_fitted(self, "written_")
        asked, written = _of_length_1(X), self.written_.split("\n")
        texts: list[str] = []
        scores = [np.empty(0)]
        for first in range(0, asked.shape[0], AT_ONCE):
            likeness = asked[first : first + AT_ONCE] @ self.rows_.T
            likeness = likeness.toarray() if sparse.issparse(likeness) else likeness
            texts += [written[row] for row in likeness.argmax(1)]
            scores.append(likeness.max(1))
        return Sentences(texts, np.concatenate(scores))

    def predict(self, X: Any) -> list[str]:
        """Return what was written for the nearest row."""
        return self.write(X).texts

    def detach_state(self) -> bytes | None:
        """Give up the rows, in bytes that repeat; None where there are none yet."""
        rows = self.__dict__.pop("rows_", None)
        if rows is None:
            return None
        kept = io.BytesIO()
        if sparse.issparse(rows):
            sparse.save_npz(kept, rows)
        else:
            np.savez(kept, rows=rows)
        return kept.getvalue()

    def attach_state(self, state: bytes) -> None:
        """Take back what `detach_state` gave."""
        with np.load(io.BytesIO(state)) as kept:
            self.rows_ = kept["rows"] if "rows" in kept else sparse.load_npz(io.BytesIO(state))


def _of_length_1(X: Any) -> Any:
    return normalize(X if sparse.issparse(X) else np.asarray(X, dtype=np.float64))
