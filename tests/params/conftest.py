from pathlib import Path

import pytest

YAML = """\
seed: 7
threads: 1

sources:
  shop: {origin: src/caselab/sources/shop.py}
  own: {origin: own.csv, delimiter: ";"}

cases:
  churn:
    source: shop
    split: {test: 0.2}
    validation: {kind: stratified, folds: 5}
    evaluation: {}

views:
  churn-table: {case: churn, view: table, ratios: true}

pipelines:
  churn-tree: {case: churn, view: churn-table, architecture: tree}
  churn-mlp:
    case: churn
    view: churn-table
    architecture: mlp
    features: {impute: mean}
    model:
      hidden: [8, 4]
      dropout: 0
    training: {learning_rate: 1e-2}

schedules:
  nightly: {cron: "0 3 * * *", cases: [churn]}

gate: {rule: superior}
"""

CODE = {
    "sources/shop.py": "source = Source(title='Shop')",
    "sources/own/tables.py": "def read(path, *, delimiter: str | None = None): ...",
    "cases/churn.py": "case = Case(title='Churn', problem='classification', views=('table',))",
    "cases/sales.py": "case = Case(title='Sales', problem='regression', views=('table', 'text'))",
    "problems/classification.py": """
problem = Problem(target="classes", words=("balance",), metrics=METRICS)
class Settings:
    costs: dict[Literal["false_positive", "false_negative"], NonNegativeFloat] = {}
""",
    "problems/regression.py": "problem = Problem(target='numbers', words=('target',))",
    "features/table.py": """
import pandas as pd
def view(records: pd.DataFrame, *, ratios: bool = False) -> pd.DataFrame: ...
def transformer(*, impute: Literal["mean", "median"] = "median"): ...
""",
    "features/text.py": "def view(records): ...\ndef transformer(): ...",
    "architectures/tree.py": "def classification(*, random_state: int): ...",
    "architectures/ridge.py": "def regression(*, alpha: PositiveFloat = 1.0): ...",
    "architectures/mlp.py": """
import a_module_that_is_not_installed
Share = Annotated[float, Interval(ge=0, lt=1)]
def classification(
    *,
    hidden: tuple[PositiveInt, ...] = (128, 64),
    dropout: Share = 0.2,
    width: Literal["sqrt", "log2"] | PositiveInt | None = None,
    class_weight: Literal["balanced"] | dict[str, PositiveFloat] | None = None,
    network: torch.nn.Module | None = None,
    training: Training = Training(),
    random_state: int,
    n_jobs: int,
): ...
""",
    "learning/training.py": """
@dataclass(frozen=True)
class Training:
    optimizer: Literal["sgd", "adam"] = "adam"
    learning_rate: PositiveFloat = 1e-3
""",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A caselab in small, none of whose files could be imported."""
    folder = tmp_path / "package"
    for name, code in CODE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose params.yaml fits that package."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "params.yaml").write_text(YAML)
    return folder
