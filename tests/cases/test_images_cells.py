"""Solar cells: what the experts thought likelier, in parts that hold each kind of module alike."""

import pandas as pd
import pytest

from caselab import cases
from caselab.data import contracts
from caselab.errors import UserError
from caselab.params import CaseBlock, Split, Validation
from caselab.sources import elpv
from caselab.stages.prepare import prepare
from tests import cells

case = cases.load("images_cells")
BLOCK = CaseBlock(
    source="elpv",
    split=Split(kind="stratified", test=0.25),
    validation=Validation(kind="holdout", folds=5),
    evaluation={},
)


@pytest.fixture
def records(tmp_path):
    return elpv.read(cells.write(tmp_path / "elpv.whl", n=240))


def test_a_cell_is_defective_where_the_experts_were_surer_than_not(records):
    found, repairs = case.clean(records)
    assert found.groupby("probability")["state"].unique().map(list).to_dict() == {
        0: ["functional"], 1 / 3: ["functional"], 2 / 3: ["defective"], 1: ["defective"],
    }  # fmt: skip
    assert repairs == {}


def test_test_and_held_out_rows_hold_modules_and_states_in_equal_shares(records):
    train, test, _ = prepare([records], case, BLOCK)
    shares = records.assign(state=case.clean(records)[0]["state"])
    kinds = shares.set_index("id")[["module", "state"]].agg("/".join, axis=1)
    assert len(test) == 60
    assert (train.fold == 0).sum() == 36
    for part, expected in ((test.ids, 0.25), (train.ids[train.fold == 0], 0.15)):
        counts = kinds[part].value_counts()
        assert (counts / kinds.value_counts()).tolist() == pytest.approx([expected] * 4, abs=0.03)


def test_a_model_sees_the_picture_alone_and_a_question_needs_no_more(records):
    train, _, _ = prepare([records], case, BLOCK)
    assert list(train.X.columns) == ["picture"]
    asked = case.asked(records)
    assert "probability" not in asked
    assert {"probability", "module", "state"} <= set(case.unasked)


@pytest.mark.parametrize(
    ("column", "value"),
    [("probability", 1.5), ("probability", None), ("module", "thin"), ("picture", None)],
)
def test_the_contract_refuses(records, column, value):
    records.loc[3, column] = pd.NA if value is None and column == "module" else value
    with pytest.raises(UserError, match=rf"column '{column}' has 1 row .*row 4"):
        contracts.check(records, case.contract())
