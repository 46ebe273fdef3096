"""How well: metrics with intervals, comparison, explanation, plots."""
