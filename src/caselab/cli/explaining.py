"""explain: why the champion answers a record as it does."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselab import numbers, params
from caselab.cli import tables

if TYPE_CHECKING:
    from caselab.registry.explanation import Explanation

MOST_SHOWN = 15
"""Parts; the others are summed in one line."""


def explain(case: str, file: Path, row: int, output: str | None, json: bool) -> None:
    """Print what the columns, or words, of one record of `file` add to the champion's answer."""
    from caselab.registry import asking, explanation  # pandas

    parameters = params.load()
    asked = asking.read(file, [parameters.known(case)])
    found = explanation.explain(parameters, case, asked, row, output)
    if json:
        tables.print_json(
            {
                "pipeline": found.pipeline,
                "version": found.version,
                "output": found.output,
                "answer": {name: _plain(value) for name, value in found.answer.items()},
                "parts": found.table.to_dict(orient="records"),
                "r2": found.r2,
            }
        )
        return
    _print(found, f"row {row} of {file.name}")


def _print(found: "Explanation", where: str) -> None:
    answer, columns = found.answer, found.table[["lime", "shap"]]
    adds = [[_signed(value) for value in row] for row in columns.head(MOST_SHOWN).to_numpy()]
    words = found.table[["part", "value"]].head(MOST_SHOWN).to_numpy().tolist()
    rows = [[*word, *add] for word, add in zip(words, adds, strict=True)]
    if len(columns) > MOST_SHOWN:
        rest = columns.iloc[MOST_SHOWN:].sum().to_numpy()
        rows.append([f"{len(columns) - MOST_SHOWN} others", "", *map(_signed, rest)])
    heads: tuple[str, ...] = ("part", "~value", f">adds to {found.output}, by LIME", ">by SHAP")
    if not any(found.table["value"]):  # words say it themselves
        heads, rows = (heads[0], *heads[2:]), [[row[0], *row[2:]] for row in rows]
    said = f"{found.output} {numbers.number(answer[found.output])}"
    if str(answer["decision"]) != str(answer[found.output]):
        said += f", decision {answer['decision']}"
    console = tables.console()
    console.print(
        f"{found.pipeline} (version {found.version}) answers {where}: {said}", markup=False
    )
    console.print(tables.table(heads, rows))
    console.print(
        f"[dim]LIME: a linear model of the answers to copies near the record, of which it tells "
        f"{numbers.percent(max(found.r2, 0.0))}. SHAP: sums to the answer minus that of the background."
    )


def _signed(value: float) -> str:
    """Return what is added, with as many decimals as its size asks for."""
    return f"{'-' if value < 0 else '+'}{numbers.number(abs(value))}"


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    return value.item() if hasattr(value, "item") else value
