"""The gate: the rule by which a candidate becomes champion."""

from dataclasses import dataclass
from typing import Literal

from caselab.evaluation.comparison import Gain
from caselab.params import Gate

Rule = Literal["superior", "not_worse"]


@dataclass(frozen=True)
class Decision:
    """Whether a candidate becomes champion, by which rule, and why in one clause."""

    promoted: bool
    rule: Rule
    why: str


def decide(
    gate: Gate,
    over_baseline: Gain,
    over_champion: Gain | None,
    *,
    champion: str | None,
    retrained: bool,
    rows: int,
) -> Decision:
    """Hold a candidate's gains on the test rows against the gate.

    Every champion must beat the plain baseline. Then a challenger must be better than the champion
    by more than `least_gain`, its interval and all; the champion's own retraining, which has seen
    newer data, must only not be worse by `greatest_loss`. A gain that is not defined wins nothing.
    `champion` is the present champion's pipeline, `rows` how many test rows there are.
    """
    rule: Rule = "not_worse" if retrained else gate.rule
    beats_baseline = over_baseline.low > 0
    if not beats_baseline or over_champion is None:
        beats = "beats" if beats_baseline else "does not beat"
        why = f"{beats} the baseline: gain {shown(over_baseline)}"
        if not beats_baseline and over_baseline.value > 0:
            why += (
                f", which {rows:,} test rows cannot tell from luck; add rows, or raise split.test"
            )
        return Decision(beats_baseline, rule, why)
    least = gate.least_gain if rule == "superior" else -gate.greatest_loss
    promoted = over_champion.low > least
    lies = "lies" if promoted else "does not lie"
    why = f"gain over {champion} {shown(over_champion)} {lies} above {least:g}"
    return Decision(promoted, rule, why)


def shown(gain: Gain) -> str:
    """Return a gain with its interval: `0.0120 [0.0030, 0.0210]`."""
    return f"{gain.value:z.4f} [{gain.low:z.4f}, {gain.high:z.4f}]"
