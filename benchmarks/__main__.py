"""Run the benchmarks one after the other, or those that are named."""

import runpy
import sys

ALL = (
    "training",
    "memory",
    "overhead",
    "quality",
    "movies",
    "text",
    "retail",
    "cases",
    "tuning",
    "watching",
    "trials",
    "loop",
)

if __name__ == "__main__":
    names = sys.argv[1:] or ALL
    sys.argv = sys.argv[:1]
    for name in names:
        runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=True)
