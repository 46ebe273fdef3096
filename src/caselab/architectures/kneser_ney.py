"""N-grams smoothed after Kneser and Ney: what followed the last tokens in training comes next."""

from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import PositiveInt

from caselab.params.search import Between
from caselab.sequences.language import LanguageModel
from caselab.sequences.ngrams import KneserNey
from caselab.sequences.tokenizers import Tokenizer


def language(
    *,
    order: Annotated[int, Interval(ge=1, le=12), Between(2, 7)] = 5,
    tokens: Literal["words", "characters", "byte_pairs"] = "byte_pairs",
    vocabulary: PositiveInt = 4000,
    lowercase: bool = False,
) -> LanguageModel:
    """Judge a token by the `order` - 1 before it; takes `represent: raw`.

    `tokens` are what texts are cut into, `vocabulary` how many different ones are known, and
    `lowercase` makes capital letters small ones.

    Source: Chen and Goodman (1999), An empirical study of smoothing techniques for language
    modeling.
    """
    return LanguageModel(KneserNey(order), Tokenizer(tokens, vocabulary, lowercase=lowercase))
