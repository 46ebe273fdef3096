"""`represent: subwords`: the ids that a pretrained network of texts reads."""

from caselab.features.steps.subwords import Subwords


def transformer(backbone: str, length: int) -> Subwords:
    """Return what cuts texts as the backbone's own tokenizer does, `(n_samples, length)`."""
    return Subwords(backbone, length)
