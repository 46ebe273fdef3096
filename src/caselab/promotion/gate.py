"""The rule by which a candidate becomes champion."""

from dataclasses import dataclass
from typing import Literal

from caselab.evaluation.comparison import Gain
from caselab.params import Gate

Rule = Literal["superior", "not_worse"]


@dataclass(frozen=True)
class Verdict:
    """Whether a candidate becomes champion, by which rule, and why in one clause."""

    won: bool
    rule: Rule
    why: str


def judge(
    gate: Gate,
    over_baseline: Gain,
    over_champion: Gain | None,
    *,
    rival: str | None,
    retrained: bool,
) -> Verdict:
    """Hold a candidate's gains on the test rows against the gate.

    Every champion must beat the plain baseline. Then a rival must be better than the champion by
    more than `least_gain`, its interval and all; the champion's own retraining, which has seen
    newer data, must only not be worse by `greatest_loss`. A gain that is not defined wins nothing.
    """
    rule: Rule = "not_worse" if retrained else gate.rule
    if not over_baseline.low > 0:
        return Verdict(False, rule, f"does not beat the baseline: gain {shown(over_baseline)}")
    if over_champion is None:
        return Verdict(True, rule, f"beats the baseline: gain {shown(over_baseline)}")
    if rule == "superior":
        won = over_champion.low > gate.least_gain
        bound = f"above {gate.least_gain:g}"
    else:
        won = over_champion.low > -gate.greatest_loss
        bound = f"above {-gate.greatest_loss:g}"
    lies = "lies" if won else "does not lie"
    return Verdict(won, rule, f"gain over {rival} {shown(over_champion)} {lies} {bound}")


def shown(gain: Gain) -> str:
    """Return a gain with its interval: `0.012 [0.003, 0.021]`."""
    return f"{gain.value:.4f} [{gain.low:.4f}, {gain.high:.4f}]"
