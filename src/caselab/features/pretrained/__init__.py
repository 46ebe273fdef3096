"""Transformers that a network of others takes part in, loaded by the word that asks for them.

`represent: contextual` of a pipeline's `features` asks for `contextual.py`, `backbone: ...` for
`backbone.py`; without a word of theirs none of these files is imported. So a pipeline comes from
the code of networks only where it asks for one: imports/lists.py reads the same words.
"""

from importlib import import_module
from types import ModuleType


def load(word: str) -> ModuleType:
    """Import the file of one word, which has a `transformer`."""
    return import_module(f"{__name__}.{word}")
