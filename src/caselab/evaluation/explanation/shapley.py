"""Shapley values of any function of a table's columns."""

from collections.abc import Callable

import numpy as np
import pandas as pd


def shapley(
    function: Callable[[pd.DataFrame], np.ndarray],
    X: pd.DataFrame,
    background: pd.DataFrame,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Estimate Shapley values by walking from each background row to each row of X.

    On each walk the columns take the row's values in a random order, and a column is given what
    its step changes; every second walk goes in the reverse order of the one before (Castro, Gómez
    and Tejada, 2009; Mitchell et al., 2022). Walks end at the row's answer, so values sum to it
    exactly. A step of a column in which both rows agree changes nothing and is not asked for.
    Returns values `(n_samples, n_columns, n_outputs)` and the base `(n_outputs,)`.

    shap's PermutationExplainer does the same row by row, which takes a forest 30 times as long.
    """
    n_rows, n_others, n_columns = len(X), len(background), X.shape[1]
    rank = random.random((n_rows, n_others, n_columns)).argsort(axis=-1).argsort(axis=-1)
    odd = rank[:, 1::2]
    odd[:] = n_columns - 1 - rank[:, ::2][:, : odd.shape[1]]
    both = pd.concat([background, X], ignore_index=True)
    code = np.column_stack([codes(both[column]) for column in both.columns])
    differs = code[n_others:, np.newaxis] != code[:n_others]  # (n_rows, n_others, n_columns)
    moves = np.take_along_axis(differs, rank.argsort(axis=-1), axis=-1)  # by step, not by column

    row, other, step = np.nonzero(moves)
    taken = rank[row, other] <= step[:, np.newaxis]  # (n_asked, n_columns): X's after this step
    mixed = pd.DataFrame(
        {
            column: both[column].take(np.where(taken[:, j], row + n_others, other)).array
            for j, column in enumerate(both.columns)
        }
    )
    start = function(background)  # (n_others, n_outputs)
    asked = np.concatenate([start, function(mixed) if len(mixed) else start[:0]])
    # Which answer each step came to: its own, or that of the last step that moved, or the start.
    place = np.where(moves, np.cumsum(moves).reshape(moves.shape) - 1 + n_others, -1)
    begin = np.broadcast_to(np.arange(n_others)[:, np.newaxis], (n_rows, n_others, 1))
    place = np.maximum.accumulate(np.concatenate([begin, place], axis=2), axis=2)
    walks = asked[place]  # (n_rows, n_others, 1 + n_columns, n_outputs)
    steps = np.take_along_axis(np.diff(walks, axis=2), rank[..., np.newaxis], axis=2)
    return steps.mean(axis=1), start.mean(axis=0)


def codes(column: pd.Series) -> np.ndarray:
    """Return numbers that are equal where values are, missing ones too."""
    return pd.factorize(column)[0]
