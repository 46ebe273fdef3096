"""Which case of a study a table asks, and answers as people read them."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from caselab import cases
from caselab.data import contracts
from caselab.errors import UserError
from caselab.sources.own import tables


def read(
    file: Path, study: list[str], what: str = "records", texts: Collection[str] = ()
) -> pd.DataFrame:
    """Return a table that a user names; beside the words of the contracts, columns of `texts` are text.

    Raises:
        UserError: there is no such file, or it is no table.
    """
    if file.is_dir():
        raise UserError(f"{file} is a folder; name a file of {what}: CSV, Parquet or Excel.")
    if not file.is_file():
        raise UserError(f"There is no file {file}; name one of {what}: CSV, Parquet or Excel.")
    return tables.read(file, words=(*words(study), *texts))


def case_asked(study: list[str], records: pd.DataFrame, file: Path) -> str:
    """Return the case whose question the file can ask; of several the one that needs the most.

    Args:
        study: cases with one prefix; one alone is the case.
        records: what the file holds.
        file: for the message.

    Raises:
        UserError: no case fits, or several equally well.
    """
    if len(study) == 1:
        return study[0]
    needed = {name: needed_columns(name) for name in study}
    fitting = [name for name in study if set(needed[name]) <= set(records.columns)]
    most = max((len(needed[name]) for name in fitting), default=0)
    best = [name for name in fitting if len(needed[name]) == most]
    if len(best) == 1:
        return best[0]
    told = "; ".join(f"{name} needs {_listed(needed[name])}" for name in best or study)
    what = "could ask several cases" if best else "asks none of the study's cases"
    raise UserError(
        f"{file.name} {what} ({told}); name the case itself, or add the columns it needs."
    )


def option(text: str) -> tuple[str, Any]:
    """Return what `name=value` says, the value as YAML reads it.

    Raises:
        UserError: there is no name or no value.
    """
    name, equals, value = text.partition("=")
    try:
        if name.strip() and equals and (read := yaml.safe_load(value)) is not None:
            return name.strip(), read
    except yaml.YAMLError:
        pass
    raise UserError(f"--set {text} is no option; write it as name=value, such as method=beam.")


def words(study: list[str]) -> tuple[str, ...]:
    """Return the columns that hold words, so that 1.10 alone in a file is read as it was trained."""
    known = [cases.load(name).contract() for name in study]
    return tuple({column: None for each in known for column in contracts.words(each)})


def needed_columns(name: str) -> list[str]:
    """Return the columns that a question of a case cannot leave out."""
    case = cases.load(name)
    columns = case.contract().columns
    return [
        column for column, rule in columns.items() if rule.required and column not in case.unasked
    ]


def with_names(answers: pd.DataFrame, asked: pd.DataFrame, name: str) -> pd.DataFrame:
    """Put before each answer what tells it from the others, where there is no id.

    That is what makes a record of the case distinct, such as user and item; elsewhere its line's
    number, from 1.
    """
    case = cases.load(name)
    if case.id in answers or case.aggregate is not None or len(answers) != len(asked):
        return answers
    known = [column for column in case.distinct if column in asked]
    names = asked[known] if known else pd.DataFrame({"line": range(1, 1 + len(asked))})
    names = names.drop(columns=[*answers.columns], errors="ignore").set_axis(answers.index)
    return pd.concat([names, answers], axis=1)


def line_by_line(answers: pd.DataFrame) -> pd.DataFrame:
    """Return answers that hold lists with one line for each of their items."""
    lists = [name for name in answers if answers[name].map(pd.api.types.is_list_like).any()]
    return answers.explode(lists, ignore_index=True) if lists else answers


def _listed(columns: Collection[str], most: int = 6) -> str:
    shown = list(columns)[:most]
    return ", ".join(shown) + (" and more" if len(columns) > most else "")
