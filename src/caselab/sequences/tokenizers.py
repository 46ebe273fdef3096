"""Tokenizers: texts as the ids of words, characters or byte pairs, and ids as texts again.

They are learned from training texts and kept as the JSON text of Hugging Face's `tokenizers`. The ids
that stand for no token are those of `learning/vocabulary.py`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from caselab.errors import UserError
from caselab.learning.vocabulary import END, SPECIAL, START, UNKNOWN

Unit = Literal["words", "characters", "byte_pairs"]

WORD = r" ?[\p{L}\p{M}\p{N}]+(?:['\u2019-][\p{L}\p{M}\p{N}]+)*| ?[^\s\p{L}\p{M}\p{N}]+"
"""A word with the space before it, or a run of signs: joined they give the text back."""

CHARACTERS = 0x110000
"""Of Unicode, one of which a character is that training has not seen."""


def texts_of(X: Any) -> list[str]:
    """Return the texts of rows (n_samples,) or (n_samples, 1).

    Raises:
        UserError: there are more columns.
    """
    found = np.asarray(X, dtype=object)
    if found.ndim == 2 and found.shape[1] != 1:
        raise UserError(
            f"One text a row is read, but there are {found.shape[1]} columns; set "
            "features.represent to raw."
        )
    return [str(text) for text in found.ravel()]


class Tokenizer(BaseEstimator):
    """What cuts texts into tokens. Any run of white space is one space.

    Args:
        unit: `words`, with the signs between them; `characters`; or `byte_pairs`, which are parts
            of words, and for which no text is unknown.
        size: most ids, those that stand for no token among them; the commonest tokens are kept. Of
            byte pairs 260 at least.
        lowercase: turn capital letters into small ones.

    Attributes:
        json_: the tokenizer, as `tokenizers` writes it.
        letters_, letter_surprise_: characters of the known words, with the nats that each, the end
            of a word, and an unknown character cost where an unknown word is spelled.

    Source: Sennrich, Haddow and Birch (2016), Neural machine translation of rare words with subword
    units; Radford et al. (2019), Language models are unsupervised multitask learners (of bytes).
    """

    def __init__(self, unit: Unit = "byte_pairs", size: int = 4000, *, lowercase: bool = False):
        self.unit = unit
        self.size = size
        self.lowercase = lowercase

    def fit(self, X: Iterable[str], y: Any = None) -> Self:
        """Learn from texts.

        Raises:
            UserError: there is no token in them, or no room for any.
        """
        del y
        texts = list(X)
        least = len(SPECIAL) + (256 if self.unit == "byte_pairs" else 1)
        if self.size < least:
            raise UserError(
                f"A tokenizer of {self.unit} with {self.size} ids has no room for any; give it "
                f"{least:,} or more."
            )
        if not any(text.strip() for text in texts):
            raise UserError("All texts to learn tokens from are empty; give it some with words.")
        made, trainer = _blank(self.unit, self.size, self.lowercase)
        made.train_from_iterator(texts, trainer)
        self.json_ = made.to_str()
        self._made = made
        self._learn_letters()
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made of `json_` when it is needed."""
        return {name: part for name, part in super().__getstate__().items() if name != "_made"}

    @property
    def n_ids(self) -> int:
        """How many ids there are, those that stand for no token among them."""
        return int(self._tokenizer.get_vocab_size())

    def ids(
        self, texts: Iterable[str], *, start: bool = False, end: bool = False
    ) -> list[np.ndarray]:
        """Return the ids (time,) of each text, with its start and end marked if asked for."""
        found = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [
            np.array([START] * start + each.ids + [END] * end, dtype=np.int64) for each in found
        ]

    def texts(self, ids: Iterable[Sequence[int] | np.ndarray]) -> list[str]:
        """Return the text of each sequence of ids; those that stand for no token are left out."""
        rows = [np.asarray(row, dtype=np.int64).tolist() for row in ids]
        return [text.strip() for text in self._tokenizer.decode_batch(rows)]

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of a text as people read them."""
        (row,) = self.ids([text])
        return [
            SPECIAL[number] if number < len(SPECIAL) else self._tokenizer.decode([number])
            for number in row.tolist()
        ]

    def spelling(self, texts: Sequence[str]) -> np.ndarray:
        """Return the log-probability (n_texts,), in nats, of spelling their unknown tokens.

        With it the probabilities of texts compare between tokenizers: what one knows as a token,
        another has to spell. A letter is drawn as it is found in known words.
        """
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        surprise = np.zeros(len(encoded))
        places = {letter: place for place, letter in enumerate(self.letters_)}
        known = len(places)
        for row, (each, text) in enumerate(zip(encoded, texts, strict=True)):
            for number, (first, last) in zip(each.ids, each.offsets, strict=True):
                if number != UNKNOWN:
                    continue
                word = text[first:last].lower() if self.lowercase else text[first:last]
                letters = [places.get(letter, known + 1) for letter in word]
                end = [] if self.unit == "characters" else [known]
                surprise[row] += self.letter_surprise_[letters + end].sum()
        return -surprise

    def _learn_letters(self) -> None:
        """Count the characters of all known words, each word once."""
        words = [word for word, number in self._tokenizer.get_vocab().items() if number > END]
        if self.unit != "words":  # of characters the unknown ones alone are spelled
            self.letters_, self.letter_surprise_ = "", np.log([1.0, CHARACTERS])
            return
        counts = Counter(letter for word in words for letter in word)
        self.letters_ = "".join(sorted(counts))
        found = np.array([*(counts[each] for each in self.letters_), len(words), 1], dtype=float)
        self.letter_surprise_ = -np.log(found / found.sum())
        self.letter_surprise_[-1] += np.log(CHARACTERS)

    @property
    def _tokenizer(self) -> Any:
        check_is_fitted(self, "json_")
        if not hasattr(self, "_made"):
            from tokenizers import Tokenizer as Made

            os.environ.setdefault(
                "TOKENIZERS_PARALLELISM", "false"
            )  # a stage's threads are counted
            self._made = Made.from_str(self.json_)
        self._made.encode_special_tokens = True  # what a text says is text
        return self._made


def _blank(unit: Unit, size: int, lowercase: bool) -> tuple[Any, Any]:
    """Return a tokenizer that has learned nothing, and what trains it."""
    from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers, trainers
    from tokenizers import Tokenizer as Made

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    given: dict[str, Any] = {
        "vocab_size": size,
        "special_tokens": [*SPECIAL],
        "show_progress": False,
    }
    if unit == "byte_pairs":
        made = Made(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = decoders.ByteLevel()
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        trainer: Any = trainers.BpeTrainer(**given, initial_alphabet=alphabet)
    else:
        made = Made(models.WordLevel(unk_token=SPECIAL[UNKNOWN]))
        pattern = WORD if unit == "words" else r"[\s\S]"
        made.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), "isolated")
        made.decoder = decoders.Fuse()
        trainer = trainers.WordLevelTrainer(**given)
    one_space = [normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    small = [normalizers.Lowercase()] if lowercase else []
    made.normalizer = normalizers.Sequence([*one_space, *small, normalizers.Prepend(" ")])
    return made, trainer
