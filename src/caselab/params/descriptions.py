"""Choices of params.yaml in words."""

from caselab.params.blocks import Split, Validation


def split(split: Split) -> str:
    """Say how the test rows are set apart."""
    if split.test is None:
        return "the publisher's own"
    within = ", within each group" if split.within_groups else ""
    return f"{split.test:g} for test, by {split.kind}{within}"


def validation(validation: Validation) -> str:
    """Say how the training rows are divided into folds."""
    if validation.kind == "leave_one_out":
        return f"leave_one_out, one fit per row, at most {validation.most_fits:,}"
    if validation.kind == "holdout":
        return f"holdout, one row in {validation.folds}, once"
    if validation.kind == "official":
        return "the publisher's own"
    within = ", within each group" if validation.within_groups else ""
    return f"{validation.kind}, {validation.folds} folds{within}"
