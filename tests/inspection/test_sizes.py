"""What is proposed goes with the size of the table."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.model_selection import cross_val_score

from caselab import architectures
from caselab.inspection import sizes, writing
from caselab.inspection.proposal import propose
from caselab.inspection.sizes import Size
from caselab.inspection.wishes import Wishes
from caselab.params import PipelineBlock


def table(rows: int, classes: int = 2) -> pd.DataFrame:
    random = np.random.default_rng(0)
    label = np.arange(rows) % classes
    return pd.DataFrame(
        {
            "a": random.normal(size=rows) + label,
            "b": random.normal(size=rows),
            "y": [f"k{each}" for each in label],
        }
    )


def proposed(records: pd.DataFrame, target: str = "y", name: str = "sized"):
    return propose(name, {"origin": "sized.csv"}, records, Wishes(target=target))


def setting(proposal, architecture: str, name: str):
    (block,) = [b for b in proposal.pipelines.values() if b["architecture"] == architecture]
    return (block.get("model", {}) | block.get("training", {})).get(name)


def test_settings_grow_with_the_table():
    found = [proposed(table(rows))[0] for rows in (25, 150, 1_500, 50_000)]
    leaves = [setting(each, "decision_tree", "min_samples_leaf") for each in found]
    assert leaves == sorted(leaves)
    assert leaves[0] == 2
    assert leaves[-1] == 50
    batches = [setting(each, "mlp", "batch_size") or 128 for each in found]
    assert batches == sorted(batches)
    few, *more = [each.validation["folds"] for each in found]
    assert 5 <= few <= 10
    assert more == [10, 5, 3]
    held = [setting(each, "xgboost", "validation_fraction") for each in found]
    assert held == [0.0, 0.0, None, None]
    assert "sized-svm" in found[2].pipelines
    assert "sized-svm" not in found[3].pipelines


@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_a_tree_of_three_classes_learns_from_142_rows(load):
    records = load(as_frame=True).frame.head(142)
    y = records["target"].map("k{}".format)
    found, _ = proposed(records.assign(target=y), "target")
    (block,) = [b for b in found.pipelines.values() if b["architecture"] == "decision_tree"]
    block = PipelineBlock.model_validate(block)
    pipeline = architectures.build(block, "table", "classification", 7, 1)
    assert cross_val_score(pipeline, records.drop(columns="target"), y, cv=5).mean() > 0.85


@pytest.mark.parametrize("seed", range(6))
def test_25_rows_of_three_classes_are_a_case(seed):
    records = load_iris(as_frame=True).frame.sample(25, random_state=seed)
    records["target"] = records["target"].map("k{}".format)
    found, records = proposed(records.reset_index(drop=True), "target", f"small{seed}")
    rows = writing.rehearse(found, records)
    assert rows["test"] >= 2
    assert rows["train"] >= 12
    assert len(found.classes) >= 2


def test_25_rows_of_numbers_are_a_case():
    records = load_diabetes(as_frame=True).frame.head(25)
    found, records = proposed(records, "target")
    assert writing.rehearse(found, records)["test"] >= 5


def test_no_fold_lacks_the_rarest_class():
    assert sizes.folds(rows=900, rarest=6) == 6
    assert sizes.folds(rows=900, rarest=1) == 2
    assert sizes.folds(rows=900, rarest=400) == 10


def test_a_tree_of_many_classes_may_ask_enough_questions():
    few, many = (
        sizes.settings("decision_tree", "classification", Size(1_200, 100, classes))["model"]
        for classes in (3, 26)
    )
    assert "max_depth" not in few
    assert many["max_depth"] == 9
