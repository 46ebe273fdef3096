"""Pictures of language models: what they write, and how much they repeat themselves."""

import textwrap

import numpy as np
import pandas as pd

from caselab.evaluation.plots.style import BLUE, INK, MUTED, Plot, canvas
from caselab.evaluation.report import Report
from caselab.sequences.decoding import Strategy, repeated

PROMPTS, PROMPT_WORDS, N = 30, 12, 4
STRATEGIES = {
    "greedy": Strategy(),
    "beam of 4": Strategy("beam"),
    "drawn": Strategy("sample"),
    "drawn of the 40 likeliest": Strategy("sample", top_k=40),
    "drawn of 90 %": Strategy("sample", top_p=0.9),
    "drawn at temperature 0.7": Strategy("sample", temperature=0.7),
}
SAID = "as it was said"


def strategies(report: Report) -> Plot | None:
    """Draw how often what is written repeats itself, by how tokens are chosen, and one text of each.

    The table has one line for each prompt and strategy.
    """
    texts = _texts(report)
    if len(texts) == 0:
        return None
    prompts = [" ".join(words[:PROMPT_WORDS]) for words in texts]
    said = [words[PROMPT_WORDS : PROMPT_WORDS + 45] for words in texts]
    written = {SAID: [" ".join(words) for words in said]} | {
        name: report.estimator[-1].generate(prompts, strategy)
        for name, strategy in STRATEGIES.items()
    }
    table = pd.DataFrame(
        [
            (name, prompt, text, repeated(text.split(), N))
            for name, of_name in written.items()
            for prompt, text in zip(prompts, of_name, strict=True)
        ],
        columns=["strategy", "prompt", "text", "repeated"],
    )
    shares = table.groupby("strategy", sort=False)["repeated"].mean()
    wrapped = {name: textwrap.wrap(f"… {of_name[0]}", 92)[:3] for name, of_name in written.items()}
    figure, axes = canvas(
        f"What {report.pipeline} writes",
        f"{report.subject} · {report.score('perplexity')}\nShare of {N} words in a row that stood "
        f"there before, in what follows {len(prompts)} prompts; below each the first, after\n"
        f"“{prompts[0]}”",
        width=7.2,
        height=1.5 + 0.84 * len(shares),
        left=0.25,
    )
    place = np.arange(len(shares))
    colors = [MUTED if name == SAID else BLUE for name in shares.index]
    axes.barh(place, shares, height=0.2, color=colors)
    axes.set(ylim=(len(shares) - 0.3, -0.45), xlim=(0, max(0.05, 1.15 * float(shares.max()))))
    axes.set_yticks([])
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter("{x:.0%}")
    width = axes.get_xlim()[1]
    for row, (name, share) in enumerate(shares.items()):
        axes.text(0, row - 0.15, f"{name}  {share:.1%}", va="bottom", size=8, color=INK)
        axes.text(
            0.004 * width,
            row + 0.15,
            "\n".join(wrapped[str(name)]),
            va="top",
            size=6.5,
            color=MUTED,
            parse_math=False,
        )
    return Plot(figure, table, of_rows=True)


def _texts(report: Report) -> list[list[str]]:
    """Return the words of some test texts that are long enough, spread over all of them."""
    if report.X is None or report.estimator is None:
        return []
    shown = np.asarray(report.estimator[:-1].transform(report.X), dtype=object).ravel()
    words = [str(text).split() for text in shown]
    enough = [row for row, each in enumerate(words) if len(each) > PROMPT_WORDS]
    chosen = enough[:: max(1, len(enough) // PROMPTS)][:PROMPTS]
    return [words[row] for row in chosen]
