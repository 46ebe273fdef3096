"""Decoding: how tokens are chosen, one after the other, by what is said of the next.

What writes says it by a step: of its state and the last token of each row, the logits of the next
and the state after it. A state is of tensors whose first dimension is the row, in tuples, lists and
dictionaries; it holds all that was read, such as the keys and values of attention, so that no token
is read twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from caselab.errors import UserError
from caselab.learning.vocabulary import END, PADDING, START, UNKNOWN

Step = Callable[[Any, Tensor], tuple[Tensor, Any]]
"""From a state and ids (n_rows,) to logits (n_rows, n_ids) and the state after them."""

UNSAID = [PADDING, UNKNOWN, START]
"""Ids that are never written."""


@dataclass(frozen=True)
class Strategy:
    """How the next token is chosen.

    Args:
        method: `greedy`, the likeliest; `beam`, those that together make the likeliest text of
            several that are kept; `sample`, drawn.
        longest: tokens that are written at most.
        width: texts that a beam keeps.
        length_penalty: of a beam; 0 favours short texts, 1 those of the best mean.
        temperature: of draws: below 1 the likely ones are drawn more often, above 1 less.
        top_k: draw among so many of the likeliest; None: among all.
        top_p: draw among the likeliest that have this share together.
        seed: of draws; what is drawn for a row does not depend on other rows.

    Source: Wu et al. (2016), Google's neural machine translation system, section 7 (length penalty);
    Fan, Lewis and Dauphin (2018), Hierarchical neural story generation (top k); Holtzman, Buys, Du,
    Forbes and Choi (2020), The curious case of neural text degeneration (top p).

    Raises:
        UserError: a number is out of its range.
    """

    method: Literal["greedy", "beam", "sample"] = "greedy"
    longest: int = 60
    width: int = 4
    length_penalty: float = 0.6
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in ("greedy", "beam", "sample"):
            raise UserError(f"method is {self.method!r}; choose greedy, beam or sample.")
        for name in ("longest", "width", "top_k"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UserError(f"{name} is {value}; give a whole number from 1 on.")
        if not 0 < self.temperature < float("inf"):
            raise UserError(
                f"temperature is {self.temperature}; give a number above 0, or the method greedy, "
                "to which a temperature near 0 comes."
            )
        if not 0 < self.top_p <= 1:
            raise UserError(f"top_p is {self.top_p}; give a share above 0 and up to 1.")
        if self.length_penalty < 0:
            raise UserError(f"length_penalty is {self.length_penalty}; give 0 or more.")

    def penalty(self, length: float) -> float:
        """Return what the log-probability of a text of so many tokens is divided by."""
        return float(((5 + length) / 6) ** self.length_penalty)


class Written(NamedTuple):
    """What was written for a row: ids (time,) without the end, and its log-probability in nats."""

    ids: np.ndarray
    log_probability: float
    ended: bool  # and was not cut

    def score(self, strategy: Strategy) -> float:
        """Return what texts are compared by in a beam."""
        return self.log_probability / strategy.penalty(len(self.ids) + self.ended)


def write(step: Step, state: Any, prompts: Tensor, strategy: Strategy) -> list[Written]:
    """Go on from prompts of one length, each with a state of its own.

    Args:
        step: says what may come next.
        state: of each row, before its prompt is read.
        prompts: (n_rows, time), ids that begin with a start.
        strategy: how the next token is chosen.
    """
    for place in range(prompts.shape[1] - 1):
        _, state = step(state, prompts[:, place])
    last = prompts[:, -1]
    if strategy.method == "sample":
        draws = [
            np.random.default_rng([strategy.seed, *row]).random(strategy.longest)
            for row in prompts.tolist()
        ]
        return _one_by_one(step, state, last, strategy, torch.tensor(np.array(draws)))
    greedy = _one_by_one(step, state, last, strategy, None)
    if strategy.method == "greedy":
        return greedy
    # A beam may lose the greedy text on its way, and end with worse ones
    pairs = zip(_beam(step, state, last, strategy), greedy, strict=True)
    return [max(pair, key=lambda each: each.score(strategy)) for pair in pairs]


def pick(state: Any, rows: Tensor) -> Any:
    """Return the state of some rows, in that order."""
    if isinstance(state, Tensor):
        return state[rows]
    if isinstance(state, dict):
        return {name: pick(part, rows) for name, part in state.items()}
    if isinstance(state, tuple | list):
        parts = [pick(part, rows) for part in state]
        return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)
    return state


def repeated(tokens: Sequence[Any], n: int = 4) -> float:
    """Return the share of n-grams that stood there before; 0 where there is none."""
    grams = [tuple(tokens[place : place + n]) for place in range(len(tokens) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def _one_by_one(
    step: Step, state: Any, last: Tensor, strategy: Strategy, draws: Tensor | None
) -> list[Written]:
    """Write the likeliest token, or the one that is drawn, until all rows have ended."""
    n_rows = len(last)
    ids = torch.full((n_rows, strategy.longest), END)
    total = torch.zeros(n_rows, dtype=torch.float64)
    ended = torch.zeros(n_rows, dtype=torch.bool)
    for place in range(strategy.longest):
        logits, state = step(state, last)
        said = _log_probabilities(logits)
        chosen = said.argmax(1)
        if draws is not None:
            chosen = _drawn(said, draws[:, place], strategy)
        total += torch.where(ended, 0.0, said.gather(1, chosen[:, None])[:, 0])
        ids[:, place] = torch.where(ended, END, chosen)
        ended |= chosen == END
        if ended.all():
            break
        last = chosen.to(last.device)
    lengths = (ids != END).sum(1).tolist()
    return [
        Written(row[:length].numpy(), float(sum_), bool(end))
        for row, length, sum_, end in zip(ids, lengths, total, ended, strict=True)
    ]


def _drawn(said: Tensor, draw: Tensor, strategy: Strategy) -> Tensor:
    """Return the id that a number from 0 to 1 falls on in each row, the likeliest first."""
    share = (said / strategy.temperature).softmax(1)
    share, order = share.sort(dim=1, descending=True, stable=True)
    if strategy.top_k is not None:
        share = share[:, : strategy.top_k]
    before = share.cumsum(1) - share
    share = torch.where(before < strategy.top_p * share.sum(1, keepdim=True), share, 0.0)
    reached = share.cumsum(1)
    place = (reached <= draw[:, None] * reached[:, -1:]).sum(1)
    last = (share > 0).sum(1) - 1
    return order.gather(1, torch.minimum(place, last)[:, None])[:, 0]


def _beam(step: Step, state: Any, last: Tensor, strategy: Strategy) -> list[Written]:
    """Keep the best texts of each row; one that ends gives up its place.

    So a beam of one is greedy. A row is done when none that it keeps can become better than the best
    that has ended.
    """
    n_rows, width = len(last), strategy.width
    state = pick(state, torch.arange(n_rows).repeat_interleave(width))
    last = last.repeat_interleave(width)
    ids = torch.empty(n_rows, width, 0, dtype=torch.int64)
    total = torch.full((n_rows, width), -torch.inf, dtype=torch.float64)
    total[:, 0] = 0.0  # all are the same yet
    live = torch.full((n_rows,), width)
    best = [Written(np.empty(0, dtype=np.int64), -np.inf, False)] * n_rows
    rows = torch.arange(n_rows)[:, None]
    for length in range(1, strategy.longest + 1):
        logits, state = step(state, last)
        said = _log_probabilities(logits).view(n_rows, width, -1)
        n_ids = said.shape[2]
        sums = (total[:, :, None] + said).flatten(1)  # (n_rows, width * n_ids)
        total, chosen = sums.topk(width, 1)
        total[torch.arange(width) >= live[:, None]] = -torch.inf
        parent, token = chosen // n_ids, chosen % n_ids
        ids = torch.cat([ids[rows, parent], token[:, :, None]], 2)
        ends = (token == END) & (total > -torch.inf)
        cut = length == strategy.longest
        for row, place in (ends | (cut & (total > -torch.inf))).nonzero().tolist():
            ended = bool(ends[row, place])
            text = ids[row, place, : length - ended].numpy()
            found = Written(text, float(total[row, place]), ended)
            best[row] = max(best[row], found, key=lambda each: each.score(strategy))
        live = live - ends.sum(1)
        total[ends] = -torch.inf
        reachable = total.max(1).values / strategy.penalty(strategy.longest)
        score = torch.tensor([each.score(strategy) for each in best], dtype=torch.float64)
        if cut or bool((score >= reachable).all()):
            break
        state = pick(state, (rows * width + parent).flatten())
        last = token.flatten().to(last.device)
    return best


def _log_probabilities(logits: Tensor) -> Tensor:
    """Return those of all that may be written, in double precision."""
    said = logits.detach().cpu().double()
    said[:, UNSAID] = -torch.inf
    return said.log_softmax(1)
