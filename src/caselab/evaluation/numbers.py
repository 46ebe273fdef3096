"""Scores as people read them: a share with three decimals, a sum of money with none."""


def number(value: float) -> str:
    """Return a value with as many decimals as its size asks for: 0.848, 12.53, 364.2, 26,120."""
    size = abs(value)
    decimals = 3 if size < 10 else 2 if size < 100 else 1 if size < 1000 else 0
    return f"{value:,.{decimals}f}"


def between(low: float, high: float) -> str:
    """Return an interval: 0.839-0.857, or -1.000 to -0.438 where a dash would be read as a sign."""
    return f"{number(low)}{'-' if low >= 0 else ' to '}{number(high)}"
