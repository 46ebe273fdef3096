"""Conditional random field: tags of a sentence, chosen together by weighted signs of its words."""

import ctypes
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

import pycrfsuite
from pydantic import PositiveInt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from caselab.learning.spelling import PARTS, parts
from caselab.learning.vocabulary import check_aligned, tokens
from caselab.params.search import Between

WINDOW = 1
"""Words on each side of a word that speak for its tag."""


def tagging(
    *, max_iterations: Annotated[PositiveInt, Between(5, 40)] = 10, random_state: int
) -> "ConditionalRandomField":
    """Return a field over the words and spelling of each word and of its neighbours.

    Source: Lafferty, McCallum and Pereira (2001), Conditional random fields; Collins (2002),
    Discriminative training methods for hidden Markov models (the averaged perceptron, which learns
    its weights); Okazaki (2007), CRFsuite.
    """
    return ConditionalRandomField(max_iterations=max_iterations, random_state=random_state)


class ConditionalRandomField(BaseEstimator):
    """A chain of tags, whose signs are words, what they are spelt by, and their neighbours.

    Args:
        max_iterations: times that all sentences are read.
        random_state: of their order.

    Attributes:
        model_: CRFsuite's own file.
    """

    state_suffix = ".crfsuite"

    def __init__(self, *, max_iterations: int = 10, random_state: int = 0):
        self.max_iterations = max_iterations
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from sentences (n_samples,) and their tags (n_samples,), both between spaces.

        Raises:
            UserError: a sentence has not one tag for each word.
        """
        check_consistent_length(X, y)
        trainer = pycrfsuite.Trainer(verbose=False)
        trainer.select("ap")
        trainer.set_params(
            {"max_iterations": self.max_iterations, "feature.possible_transitions": True}
        )
        sentences, targets = tokens(X), tokens(y)
        check_aligned(sentences, targets)
        for sentence, tags in zip(sentences, targets, strict=True):
            trainer.append(list(_signs(sentence)), tags)
        ctypes.CDLL(None).srand(self.random_state)  # CRFsuite shuffles by C's own numbers
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.crfsuite"
            trainer.train(str(path))
            self.model_ = path.read_bytes()
        return self

    def predict(self, X: Any) -> list[list[str]]:
        """Return the likeliest tags of each sentence, one for each word."""
        check_is_fitted(self, "model_")
        tagger = pycrfsuite.Tagger()
        tagger.open_inmemory(self.model_)
        return [tagger.tag(list(_signs(sentence))) for sentence in tokens(X)]

    def detach_state(self) -> bytes | None:
        """Give up the model, in CRFsuite's format; None before `fit`."""
        state: bytes | None = self.__dict__.pop("model_", None)
        return state

    def attach_state(self, state: bytes) -> None:
        """Take back what `detach_state` gave."""
        self.model_ = state


def _signs(sentence: Sequence[str]) -> Iterator[list[str]]:
    """Yield of each word what speaks for its tag: its parts, and those of its neighbours."""
    spelt = [parts(word) for word in sentence]
    for place in range(len(sentence)):
        signs = ["bias"]
        for offset in range(-WINDOW, WINDOW + 1):
            beside = place + offset
            if 0 <= beside < len(sentence):
                named = zip(PARTS, spelt[beside], strict=True)
                signs += [f"{offset} {part}={spelling}" for part, spelling in named]
            else:
                signs.append(f"{offset} none")
        yield signs
