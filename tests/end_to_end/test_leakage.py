"""Nothing leaks, in any case there is: these tests find the cases themselves.

They take a case's own records (a sample of many), its block of params.yaml, its views, and the
cheapest architecture that learns.
"""

from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.utils import get_tags

from caselab import architectures, cases, features, problems, sources
from caselab.data import leakage, splits
from caselab.errors import UserError
from caselab.params import PipelineBlock, load
from caselab.stages.featurize import looked_at
from caselab.stages.prepare import prepare

ROOT = Path(__file__).parents[2]
ROWS = 3000
CHEAP = ("logistic", "ridge")
"""What learns from columns in no time. Of a kind that none of them solves its baseline is tried."""


@cache
def params():
    return load(ROOT)


@cache
def raw(case):
    source = params().sources[params().cases[case].source]
    records = sources.records(sources.load(source.origin, **source.options))
    known = cases.load(case)
    if known.past:  # which has no gaps
        return records.head(2 * ROWS)
    if {known.official, known.aggregate, known.time} != {None}:  # which need rows of all times
        return records.iloc[np.unique(np.linspace(0, len(records) - 1, ROWS).astype(int))]
    return records.head(ROWS)


def prepared(case, records=None):
    records = raw(case) if records is None else records
    train, test, _ = prepare([records], cases.load(case), params().cases[case])
    return train, test


def views():
    return [(block.case, name) for name, block in params().views.items()]


def viewed(view, rows):
    block = params().views[view]
    return replace(rows, X=features.load(block.view).view(rows.X, **block.options))


every_case = pytest.mark.parametrize("case", cases.names())
every_view = pytest.mark.parametrize(("case", "view"), views())
every_view_with_target = pytest.mark.parametrize(
    ("case", "view"), [(case, view) for case, view in views() if cases.load(case).target]
)

every_view_with_a_target_that_stands_in_a_column = pytest.mark.parametrize(
    ("case", "view"),
    [
        (case, view)
        for case, view in views()
        if cases.load(case).target
        and problems.load(cases.load(case).problem).target in ("classes", "numbers")
    ],
)


@every_case
def test_a_case_can_be_checked(case):
    assert case in params().cases, "give the case a block in params.yaml"
    assert case in {block.case for block in params().views.values()}


@every_case
def test_no_row_is_in_two_parts(case):
    train, test = prepared(case)
    parts = [set(train.ids[train.fold == fold]) for fold in np.unique(train.fold)] + [set(test.ids)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == len(train) + len(test)
    split = params().cases[case].split
    if train.group is not None and not (split.within_groups or split.kind == "official"):
        assert not set(train.group) & set(test.group)


@every_case
def test_where_time_parts_the_rows_nothing_is_learned_from_later_ones(case):
    block = params().cases[case]
    if "time" not in (block.split.kind, block.validation.kind):
        pytest.skip("time parts no rows of this case")
    train, test = prepared(case)
    if block.split.kind == "time":
        assert_before(train, test, block.split.within_groups)
    if block.validation.kind == "time":
        for fold in np.unique(train.fold[train.fold >= 0]):
            asked = train.take(train.fold == fold)
            learned = train.take(splits.learned_from("time", train.fold, fold))
            assert_before(learned, asked, block.validation.within_groups)


def assert_before(earlier, later, within):
    """All rows of one part come before all of the other, or in each series (or group)."""
    ends = []
    for rows, end in ((earlier, "max"), (later, "min")):
        columns = rows.series if rows.series is not None else rows.group
        by = columns.to_numpy() if within else np.zeros(len(rows))
        ends.append(rows.time.groupby(by).agg(end))
    last, first = ends[0].align(ends[1], join="inner")
    assert len(last)
    assert (last <= first).all() if within else (last < first).all()


@every_case
def test_a_table_that_grows_by_a_tenth_moves_no_row(case):
    kind = params().cases[case].split.kind
    if kind == "time":
        pytest.skip("the test rows of a split by time are always the last ones")
    grown = raw(case)
    kept = np.sort(np.random.default_rng(0).permutation(len(grown))[: round(len(grown) / 1.1)])
    train, test = prepared(case, grown)
    ways = [grown.iloc[kept], grown.head(len(kept))]  # rows come in between, or at the end
    for records in ways[kind == "stratified" :]:  # which is dealt in the order of the rows
        train_before, test_before = prepared(case, records)
        assert set(train_before.ids) <= set(train.ids)
        assert set(test_before.ids) <= set(test.ids)
    fold = pd.Series(train.fold, index=train.ids)
    assert (fold[train_before.ids] == train_before.fold).all()


@every_view_with_target
def test_shuffled_labels_score_chance(case, view):
    train, _ = prepared(case)
    low, score, high = chance(case, view, shuffled(viewed(view, train)))
    assert low <= score <= high


@every_view_with_a_target_that_stands_in_a_column
def test_a_planted_target_encoding_of_all_rows_scores_above_chance(case, view):
    """Without this, a test too weak to see anything would pass the one above."""
    rows = shuffled(viewed(view, prepared(case)[0]))
    code = pd.Series(pd.factorize(rows.y, sort=True)[0])
    household = np.arange(len(code)) % (len(code) // 2)
    planted = plant(rows.X, code.groupby(household).transform("first").to_numpy())
    _, score, high = chance(case, view, replace(rows, X=planted))
    if score <= high and looks_at_no_column(case, view, rows):
        pytest.skip("what is tried looks at no column, so nothing can be planted in one")
    assert score > high


@every_view
def test_a_view_shows_row_by_row(case, view):
    train, _ = prepared(case)
    block = params().views[view]
    show = partial(features.load(block.view).view, **block.options)
    neighbours = looked_at(features.load(block.view), block.options)
    leakage.check_rowwise(show, train.X, show(train.X), view, neighbours)


@every_view
def test_a_planted_view_that_learns_from_rows_is_caught(case, view):
    train, _ = prepared(case)
    block = params().views[view]

    def planted(records):
        X = features.load(block.view).view(records, **block.options)
        if isinstance(X, np.ndarray):
            size = pd.Series(X.reshape(len(X), -1).sum(axis=1, dtype=float))
        else:
            size = X.astype(str).apply("".join, axis="columns").str.len()
        return plant(X, size.rank(pct=True).to_numpy())

    with pytest.raises(UserError, match=r"shows (its values|the column .*) differently"):
        leakage.check_rowwise(planted, train.X, planted(train.X), view)


@pytest.mark.parametrize("name", params().learners)
def test_a_pipeline_knows_no_row_before_it_is_fitted(name):
    block = params().pipelines[name]
    view = params().views[block.view].view
    leakage.check_unfitted(features.load(view).transformer(**block.features))


@every_view
def test_a_planted_transformer_that_was_fitted_on_everything_is_caught(case, view):
    train, test = (viewed(view, part) for part in prepared(case))
    transformer = features.load(params().views[view].view).transformer()
    if not get_tags(transformer).requires_fit:
        pytest.skip("this transformer learns nothing")
    together = np.concatenate if isinstance(train.X, np.ndarray) else pd.concat
    everything = FrozenEstimator(transformer.fit(together([train.X, test.X])))
    with pytest.raises(UserError, match="fitted before it has seen the train rows"):
        leakage.check_unfitted(everything)


@every_view
def test_a_fitted_transformer_treats_held_out_rows_one_by_one(case, view):
    rows = viewed(view, prepared(case)[0])
    held_out = rows.take(rows.fold == 0).X
    transformer = features.load(params().views[view].view).transformer()
    fitted = transformer.fit(rows.take(rows.fold != 0).X)

    def transform(X):
        found = fitted.transform(X)
        return found.toarray() if hasattr(found, "toarray") else found

    leakage.check_rowwise(transform, held_out, transform(held_out), view)


def plant(X, values):
    """Return X with a number more for each row: a column, words of the only text, a pixel, a name."""
    if isinstance(X, np.ndarray):
        planted = np.zeros_like(X)
        places = np.round(values / values.max() * (X[0].size - 1)).astype(int)
        planted.reshape(len(X), -1)[np.arange(len(X)), places] = 255
        return planted
    if X.shape[1] == 1 and pd.api.types.is_string_dtype(X.dtypes.iloc[0]):
        words = [f" planted{round(100 * value)}" * 5 for value in values]
        return X.assign(**{X.columns[0]: X.iloc[:, 0] + words})
    if "item" in X:  # what recommends knows names, and learns what holds for all rows of a name
        return X.assign(item=X["item"].mask(values > np.median(values), "planted"))
    return X.assign(planted=values)


def shuffled(rows):
    labels = permuted(rows.y, np.random.default_rng(0))
    return replace(rows, y=pd.Series(labels, name=rows.y.name))


def permuted(y, random):
    """Return targets in a random order; tags of words keep their sentences' lengths."""
    if not pd.api.types.is_string_dtype(y) or not y.str.contains(" ").any():
        return random.permutation(y)
    tags = random.permutation([tag for sentence in y for tag in sentence.split()])
    ends = np.cumsum([len(sentence.split()) for sentence in y])[:-1]
    return [" ".join(part) for part in np.split(tags, ends)]


def answered(case, view, rows):
    """Return the first fold's rows, and the answers of what is cheap and learned from the others."""
    problem = problems.load(case.problem)
    able = [name for name in CHEAP if hasattr(architectures.load(name), case.problem)]
    cheap = next(iter(able), problem.baseline_architecture)
    block = PipelineBlock(case=case.name, view=view, architecture=cheap)
    pipeline = architectures.build(block, params().views[view].view, case.problem, 0, 1)
    learn, ask = rows.take(rows.fold != 0), rows.take(rows.fold == 0)
    return ask, problem.answer(pipeline.fit(learn.X, learn.y), ask.X)


def looks_at_no_column(case_name, view, rows):
    """Tell whether answers are the same though the target itself stands in the rows."""
    case, code = cases.load(case_name), pd.factorize(rows.y, sort=True)[0].astype(float)
    _, plain = answered(case, view, rows)
    _, told = answered(case, view, replace(rows, X=plant(rows.X, code)))
    return plain.equals(told)


def chance(case_name, view, rows):
    """Return the score of the first fold's held-out rows, and what chance gives 998 times in 1000.

    A score counts as a gain over 0: higher is better. Chance is the same answers, scored against
    the held-out labels in 1,000 random orders.
    """
    case = cases.load(case_name)
    ask, answers = answered(case, view, rows)
    problem = problems.load(case.problem)
    metric = problem.metrics[case.metric]
    # Each order reads all files, or cuts all texts, again
    if problem.target in ("picture", "text"):
        ask, answers = ask.take(np.arange(len(ask)) < 50), answers.head(50)

    def score(labels):
        found = metric.function(pd.Series(labels, name=case.target), answers, {}, case)
        return metric.gain(of=found, over=0)

    random = np.random.default_rng(0)
    low, high = np.quantile([score(permuted(ask.y, random)) for _ in range(1000)], [0.001, 0.999])
    return low, score(ask.y.to_numpy()), high
