"""Which stage leaves what of a pipeline: of most `train` and `evaluate`, of a blend one stage both.

Names tell blends: they end in `-blend`, and no other pipeline's does.
"""

ENDING = "-blend"

LEAVES = {"train": ("train",), "evaluate": ("evaluate",), "blend": ("train", "evaluate")}
"""By verb, what its stages leave of a pipeline: what `train` does (model, out-of-fold answers), what
`evaluate` does (scores, plots, answers to test rows), or both."""


def is_blend(pipeline: str) -> bool:
    """Tell whether a pipeline blends others."""
    return pipeline.endswith(ENDING)


def leaving(part: str, pipeline: str) -> str:
    """Return the address of the stage that leaves a part of a pipeline, `train` or `evaluate`."""
    return f"{'blend' if is_blend(pipeline) else part}@{pipeline}"


def evaluates(address: str) -> bool:
    """Tell whether a stage scores a pipeline on test rows."""
    return "evaluate" in LEAVES.get(address.partition("@")[0], ())
