"""Numbers as people read them: a share with three decimals, a sum of money with none, sizes, times."""

from collections.abc import Mapping, Sequence
from math import isnan, nan


def counted(count: int, one: str) -> str:
    """Return how many there are of a thing, in its right form: `1 run`, `0 runs`, `1,200 runs`."""
    return f"{count:,} {one}{'s' * (count != 1)}"


def number(value: float) -> str:
    """Return a value with as many decimals as its size asks for: 0.848, 12.53, 364.2, 26,120."""
    size = abs(value)
    decimals = 3 if size < 10 else 2 if size < 100 else 1 if size < 1000 else 0
    return f"{value:,.{decimals}f}"


def percent(share: float) -> str:
    """Return a share in percent; only all is 100 %, and only none is 0 %: 977 of 980 are 99.7 %."""
    if share in (0, 1) or 0.0095 <= share < 0.99:
        return f"{share:.0%}"
    if share > 0.5:
        return f"{share:.1%}" if share < 0.9995 else ">99.9%"
    return f"{share:.1%}" if share >= 0.0005 else "<0.1%"


def between(low: float, high: float) -> str:
    """Return an interval: 0.839-0.857, or -1.000 to -0.438 where a dash would be read as a sign."""
    return f"{number(low)}{'-' if low >= 0 else ' to '}{number(high)}"


def figure(value: float | Sequence[float]) -> str:
    """Return a published figure, one number or the lowest and the highest."""
    return between(*value) if isinstance(value, Sequence) else number(value)


def score(value: Mapping[str, float | None] | None) -> str:
    """Return a value with its interval: `0.848 (0.839-0.857)`."""
    if not value or (middle := value.get("value")) is None:
        return ""
    low, high = value.get("low"), value.get("high")
    interval = "" if low is None or high is None else f" ({between(low, high)})"
    return number(middle) + interval


def gain(value: float, low: float = nan, high: float = nan) -> str:
    """Return a difference with its interval, where it has one: `+0.0080 [0.0000, +0.0160]`."""
    if isnan(value):
        return ""
    return signed(value) + ("" if isnan(low) else f" [{signed(low)}, {signed(high)}]")


def signed(value: float) -> str:
    """Return a difference with its sign; what is written as zero has none."""
    written = f"{value:+.4f}"
    return written if float(written) else written[1:]


def minute(when: str | None) -> str:
    """Return a time as ISO 8601 has it to the minute: `2026-11-22 02:40`."""
    return (when or "")[:16].replace("T", " ")


def size(n_bytes: float | None) -> str:
    """Return a size in bytes in the unit that suits."""
    if n_bytes is None:
        return ""
    for unit in ("B", "kB", "MB", "GB"):
        if n_bytes < 1000:
            return f"{n_bytes:.0f} {unit}" if unit == "B" else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} TB"


def seconds(duration: float | None) -> str:
    """Return a duration in the unit that suits."""
    if duration is None:
        return ""
    if duration < 120:
        return f"{duration:.1f} s"
    return f"{duration / 60:.0f} min" if duration < 7200 else f"{duration / 3600:.1f} h"


def chance(p: float) -> str:
    """Return a p-value as people read it."""
    return f"{p:.3f}" if p >= 0.001 else "<0.001"
