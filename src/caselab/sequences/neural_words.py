"""Word vectors that gensim learns by guessing words from those around them."""

from __future__ import annotations

import io
import zlib
from typing import Any, Literal

import numpy as np

from caselab.sequences.words import Directions, Vectors, WordModel, of_length_one

Algorithm = Literal["cbow", "skip_gram"]
Output = Literal["negative_sampling", "hierarchical_softmax"]


def stable_hash(text: str) -> int:
    """Return a number for a text, the same in every process, unlike Python's own hash."""
    return zlib.crc32(text.encode())


class NeuralWords(WordModel):
    """word2vec's vectors, learned by gensim on one thread, so that a seed tells all.

    Args:
        algorithm: `cbow` guesses a word from the mean of those around it, `skip_gram` each of those
            from the word.
        output: guesses among a few words that are drawn, or down a Huffman tree of all.
        embedding_dim: numbers of a vector.
        window: most words on each side; each time a number up to it is drawn.
        n_negatives: words drawn beside each right one, with `negative_sampling`.
        least: times that a word must come to be known.
        subsample: words that are a greater share of all are passed over the more, the more frequent.
        epochs: times that all texts are read.
        learning_rate: at the start; it falls to almost 0.
        random_state: of initial vectors, and of all that is drawn.
    """

    def __init__(
        self,
        algorithm: Algorithm = "skip_gram",
        output: Output = "negative_sampling",
        *,
        embedding_dim: int = 100,
        window: int = 5,
        n_negatives: int = 5,
        least: int = 5,
        subsample: float = 1e-3,
        epochs: int = 5,
        learning_rate: float = 0.025,
        random_state: int = 0,
    ):
        self.algorithm = algorithm
        self.output = output
        self.embedding_dim = embedding_dim
        self.window = window
        self.n_negatives = n_negatives
        self.least = least
        self.subsample = subsample
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _learned(self, texts: list[list[str]], known: list[str]) -> Vectors:
        del known  # gensim counts for itself
        from gensim.models import Word2Vec

        found = Word2Vec(texts, **self.of_gensim()).wv
        return Vectors(found.index_to_key, found.vectors)

    def of_gensim(self) -> dict[str, Any]:
        """Return the settings in gensim's words."""
        by_tree = self.output == "hierarchical_softmax"
        return {
            "sg": int(self.algorithm == "skip_gram"),
            "hs": int(by_tree),
            "negative": 0 if by_tree else self.n_negatives,
            "vector_size": self.embedding_dim,
            "window": self.window,
            "min_count": self.least,
            "sample": self.subsample,
            "epochs": self.epochs,
            "alpha": self.learning_rate,
            "seed": self.random_state,
            "workers": 1,
            "hashfxn": stable_hash,
        }


class SubwordVectors:
    """A vector of each bucket that n-grams of letters fall into, kept as NumPy's own file."""

    state_suffix = ".npy"

    def __init__(self, vectors: np.ndarray):
        self.vectors = vectors

    def detach_state(self) -> bytes | None:
        """Give up the vectors."""
        file = io.BytesIO()
        np.save(file, self.vectors, allow_pickle=False)
        self.__dict__.clear()
        return file.getvalue()

    def attach_state(self, state: bytes) -> None:
        """Take back what `detach_state` gave."""
        self.vectors = np.load(io.BytesIO(state), allow_pickle=False)


class SubwordWords(NeuralWords):
    """fastText's vectors: of a word and of the n-grams of its letters, which unknown words have, too.

    Args:
        algorithm: as of `NeuralWords`, and so on.
        output: likewise.
        embedding_dim: likewise.
        window: likewise.
        n_negatives: likewise.
        least: likewise.
        subsample: likewise.
        epochs: likewise.
        learning_rate: likewise.
        shortest: letters of an n-gram, with the marks of a word's start and end.
        longest: likewise.
        n_buckets: that n-grams fall into by hash.
        random_state: as of `NeuralWords`.

    Attributes:
        subwords_: the vectors of the buckets.
    """

    def __init__(
        self,
        algorithm: Algorithm = "skip_gram",
        output: Output = "negative_sampling",
        *,
        embedding_dim: int = 100,
        window: int = 5,
        n_negatives: int = 5,
        least: int = 5,
        subsample: float = 1e-3,
        epochs: int = 5,
        learning_rate: float = 0.025,
        shortest: int = 3,
        longest: int = 6,
        n_buckets: int = 50_000,
        random_state: int = 0,
    ):
        super().__init__(
            algorithm,
            output,
            embedding_dim=embedding_dim,
            window=window,
            n_negatives=n_negatives,
            least=least,
            subsample=subsample,
            epochs=epochs,
            learning_rate=learning_rate,
            random_state=random_state,
        )
        self.shortest = shortest
        self.longest = longest
        self.n_buckets = n_buckets

    def _learned(self, texts: list[list[str]], known: list[str]) -> Vectors:
        del known
        from gensim.models import FastText

        found = FastText(texts, **self.of_gensim()).wv
        self.subwords_ = SubwordVectors(found.vectors_ngrams)
        return Vectors(found.index_to_key, found.vectors)

    def of_gensim(self) -> dict[str, Any]:
        """Return the settings in gensim's words."""
        letters = {"min_n": self.shortest, "max_n": self.longest, "bucket": self.n_buckets}
        return super().of_gensim() | letters

    def knows(self, word: str) -> bool:
        """Tell whether a word has a vector, be it of its n-grams alone."""
        return super().knows(word) or bool(self._buckets(word))

    def directions(self, words: Any) -> Directions:
        """Return the directions of words; of those not in training by their n-grams."""
        found = super().directions(words)
        spelt = [row for row, word in enumerate(words) if word not in self.vectors_.places]
        for row in spelt:
            if buckets := self._buckets(words[row]):
                mean = self.subwords_.vectors[buckets].mean(axis=0, keepdims=True)
                found[row] = of_length_one(mean)[0]
        return found

    def _remark(self, word: str) -> str | None:
        if word in self.vectors_.places or not self.knows(word):
            return super()._remark(word)
        return f"the vector of {word!r} is of its subwords: training holds it fewer than {self.least} times"

    def _buckets(self, word: str) -> list[int]:
        from gensim.models.fasttext import ft_ngram_hashes

        found: list[int] = ft_ngram_hashes(word, self.shortest, self.longest, self.n_buckets)
        return found
