"""English contractions, written out."""

import re

_WHOLE = {
    "ain't": "is not",
    "can't": "can not",
    "let's": "let us",
    "shan't": "shall not",
    "won't": "will not",
    "y'all": "you all",
    **{
        f"{word}'s": f"{word} is"
        for word in (
            *("he", "she", "it", "that", "this", "there", "here"),
            *("what", "where", "when", "who", "why", "how"),
        )
    },
}
"""Where the end alone does not say it. Elsewhere `'s` is taken for a genitive and left."""

_ENDS = {
    "n't": " not",
    "'re": " are",
    "'ve": " have",
    "'ll": " will",
    "'d": " would",
    "'m": " am",
}

_PATTERN = re.compile(
    rf"\b({'|'.join(map(re.escape, _WHOLE))})\b|(?<=\w)({'|'.join(map(re.escape, _ENDS))})\b",
    re.IGNORECASE,
)


def expand(text: str) -> str:
    """Write contractions out: `they won't, I'm sure` is `they will not, I am sure`."""
    return _PATTERN.sub(_written_out, text) if "'" in text else text


def _written_out(found: re.Match[str]) -> str:
    contraction = found[0]
    full = _WHOLE.get(contraction.lower()) or _ENDS[contraction.lower()]
    if contraction[0].isupper() and not full.startswith(" "):
        full = full[0].upper() + full[1:]
    return full
