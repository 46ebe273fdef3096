import subprocess
import sys
from pathlib import Path

import pytest

from caselab import params
from caselab.errors import UserError
from caselab.params import signatures


def edit(project: Path, old: str, new: str) -> None:
    path = project / "params.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def sentence(project: Path, package: Path, *overrides: str) -> str:
    with pytest.raises(UserError) as error:
        params.load(project, overrides, package=package)
    text = str(error.value)
    assert "\n" not in text
    return text


def test_blocks_come_typed_with_defaults(project, package):
    loaded = params.load(project, package=package)
    assert loaded.cases["churn"].split == params.Split(test=0.2, kind="hash")
    assert loaded.views["churn-table"].options == {"ratios": True}
    assert loaded.sources["own"].options == {"delimiter": ";"}
    mlp = loaded.pipelines["churn-mlp"]
    assert mlp.training == {"learning_rate": 0.01}  # 1e-2 is a number, as it is for DVC
    assert mlp.refit
    assert loaded.gate.confidence == 0.95
    assert loaded.flow.stages.train.time_limit == 3600


def test_keyword_arguments_come_in_the_types_of_their_signature(project, package):
    model = params.load(project, package=package).pipelines["churn-mlp"].model
    assert model == {"hidden": (8, 4), "dropout": 0.0}
    assert isinstance(model["dropout"], float)


def test_blocks_are_frozen(project, package):
    loaded = params.load(project, package=package)
    with pytest.raises(ValueError, match="frozen"):
        loaded.seed = 8


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("seed: 7", "seed: seven", 'params.yaml, line 1: seed is "seven", but must be a valid int'),
        ("seed: 7", "seed: '7'", 'line 1: seed is "7"'),
        ("seed: 7", "seed: -1", "line 1: seed is -1, but must be greater than or equal to 0"),
        ("seed: 7\n", "", "params.yaml: lacks the key seed"),
        ("threads:", "treads:", "line 2: treads is not known; nearest: threads"),
        ("sources/shop.py", "sources/shp.py", "line 5: sources.shop.origin is"),
        ("sources/shop.py", "sources/own/tables.py", "which is no built-in source"),
        ('delimiter: ";"', "delimeter: x", "sources.own.delimeter is not known; nearest: delimi"),
        ('delimiter: ";"', "delimiter: 1", "sources.own.delimiter is 1, but must be a valid str"),
        ("shop.py}", "shop.py, sheet: 1}", "sources.shop.sheet is not known; a built-in source"),
        ("  churn:\n", "  chrun:\n", "has no file src/caselab/cases/chrun.py; nearest: churn"),
        ("source: shop", "source: shopp", "line 10: cases.churn.source is"),
        ("source: shop\n", "\n", "line 9: cases.churn lacks the key source"),
        ("test: 0.2", "test: 1.2", "cases.churn.split.test is 1.2, but must be less than 1"),
        ("test: 0.2", "tst: 0.2", "line 11: cases.churn.split"),
        ("kind: stratified", "kind: stratifed", "nearest: stratified"),
        ("{}", "5", "cases.churn.evaluation is 5, but must be a mapping of keys"),
        ("table: {case: churn", "table: {case: chur", "views.churn-table.case is"),
        ("{}", "{cost: {}}", "cases.churn.evaluation.cost is not known; nearest: costs"),
        ("{}", "{costs: {false_positive: -1}}", "evaluation.costs.false_positive is -1, but must"),
        ("{}", "{costs: {false_postive: 1}}", "false_postive is not known; nearest: false_pos"),
        ("dropout: 0", "class_weight: {Yes: -1}", "class_weight.Yes is -1, but must be greater"),
        ("dropout: 0", "class_weight: balance", "nearest: balanced"),
        ("view: table,", "view: tabel,", "nearest: table"),
        ("view: table,", "view: text,", "no view that suits case churn; known: table"),
        ("ratios: true", "ratio: true", "views.churn-table.ratio is not known; nearest: ratios"),
        ("ratios: true", "ratios: 1", "ratios is 1, but must be true or false"),
        ("view: churn-table, arch", "view: churn-tabel, arch", "nearest: churn-table"),
        ("architecture: tree", "architecture: tre", "line 19: pipelines.churn-tree.architecture"),
        ("architecture: tree", "architecture: ridge", "does not solve classification; known: mlp"),
        ("{impute: mean}", "{imput: mean}", "line 24: pipelines.churn-mlp.features.imput is not"),
        ("{impute: mean}", "{impute: means}", "but must be 'mean' or 'median'; nearest: mean"),
        ("[8, 4]", "[8, -4]", "line 26: pipelines.churn-mlp.model.hidden.1 is -4"),
        ("[8, 4]", "8", "pipelines.churn-mlp.model.hidden is 8, but must be a list"),
        ("dropout: 0", "dropout: 1", "line 27: pipelines.churn-mlp.model.dropout is 1, but must"),
        ("dropout: 0", "dropuot: 0", "line 27: pipelines.churn-mlp.model.dropuot is not known"),
        ("dropout: 0", "n_jobs: 4", "pipelines.churn-mlp.model.n_jobs is not known; known:"),
        ("dropout: 0", "width: sqr", "must be 'sqrt' or 'log2' or"),
        ("1e-2", "-1", "line 28: pipelines.churn-mlp.training.learning_rate is -1"),
        ("1e-2", ".inf", "must be a finite number"),
        ("learning_rate:", "learn_rate:", "nearest: learning_rate"),
        ("architecture: tree}", "architecture: tree, training: {x: 1}}", "tree is not trained by"),
        ("churn-tree:", "churn.tree:", "may hold only letters, digits, - and _"),
        ("cases: [churn]", "cases: [chrn]", "schedules.nightly.cases.0 is"),
        ("cases: [churn]", "score: {chrn: a.csv}", "schedules.nightly.score.chrn is"),
        ("cases: [churn]", "score: {churn: {into: a}}", "schedules.nightly.score.churn lacks"),
        ("0 3 * * *", "0 3", "five fields of cron"),
        ('cron: "0 3 * * *", ', "", "schedules.nightly must have either cron or interval"),
        ('cron: "0 3 * * *"', "interval: 60, timezone: Mars/Base", "must be a timezone"),
        ("rule: superior", "rule: better", "but must be 'superior' or 'not_worse'"),
        ("{rule: superior}", "{rule: superior, confidence: 95}", "gate.confidence is 95"),
    ],
)
def test_wrong_params_name_key_line_and_mend(project, package, old, new, expected):
    edit(project, old, new)
    assert expected in sentence(project, package)


def test_a_pipeline_and_its_view_are_of_one_case(project, package):
    block = "  sales:\n    {source: shop, split: {test: 0.2}, validation: {kind: kfold}, evaluation: {}}"
    edit(project, "cases:\n", f"cases:\n{block}\n")
    edit(project, "churn-tree: {case: churn", "churn-tree: {case: sales")
    expected = "churn-tree.view is churn-table, a view of case churn, but the pipeline's is sales"
    assert expected in sentence(project, package)


def test_a_problem_without_settings_takes_none(project, package):
    block = "  sales:\n    {source: shop, split: {test: 0.2}, validation: {kind: kfold}, evaluation: {costs: 1}}"
    edit(project, "cases:\n", f"cases:\n{block}\n")
    expected = "cases.sales.evaluation.costs is not known; regression has no settings"
    assert expected in sentence(project, package)


def test_duplicate_keys_are_refused_with_both_lines(project, package):
    edit(project, "threads: 1\n", "threads: 1\nseed: 8\n")
    assert sentence(project, package) == "params.yaml, line 3: seed stands twice, first in line 1"


def test_a_key_twice_in_one_line_is_refused(project, package):
    edit(project, "{test: 0.2}", "{test: 0.2, test: 0.3}")
    assert "line 11: cases.churn.split.test stands twice" in sentence(project, package)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed: [1\nthreads: 2", "params.yaml, line 2: this is not YAML: "),
        ("\tseed: 1", "line 1: this is not YAML"),
        ("seed: *nobody", "line 1: this is not YAML: found undefined alias"),
        ("seed: !!python/object:os.system 1", "line 1: this is not YAML"),
        ("? [a, b]\n: 1", "line 1: a key of the file is no word"),
        ("", "params.yaml must be a mapping"),
        ("- 1", "params.yaml must be a mapping"),
        ("seed: \0", "params.yaml: this is not YAML"),
    ],
)
def test_what_is_no_mapping_in_yaml_is_said_in_one_sentence(project, package, text, expected):
    (project / "params.yaml").write_text(text)
    assert expected in sentence(project, package)


def test_random_bytes_are_refused(project, package):
    (project / "params.yaml").write_bytes(b"\xff\xfe\x00\x80seed")
    assert "cannot be read as UTF-8 text" in sentence(project, package)


def test_a_byte_order_mark_does_no_harm(project, package):
    path = project / "params.yaml"
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert params.load(project, package=package).seed == 7


def test_a_missing_file_names_its_folder(tmp_path, package):
    assert sentence(tmp_path, package) == f"There is no params.yaml in {tmp_path}"


def test_overrides_win_over_the_file(project, package):
    overrides = ["pipelines.churn-mlp.model.hidden=[3]", "pipelines.churn-tree.model={}", "seed=1"]
    loaded = params.load(project, overrides, package=package)
    assert loaded.pipelines["churn-mlp"].model == {"hidden": (3,), "dropout": 0.0}
    assert loaded.seed == 1


def test_an_override_may_open_a_block_that_the_file_leaves_out(project, package):
    loaded = params.load(project, ["flow.stages.train.retries=4"], package=package)
    assert loaded.flow.stages.train.retries == 4
    assert loaded.flow.stages.train.memory == 2  # the other defaults of train stay


def test_apply_leaves_the_mapping_it_was_given(project):
    raw = {"seed": 1, "pipelines": {"a": {"model": {"depth": 2}}}}
    assert params.apply(raw, ["pipelines.a.model.depth=3"])["pipelines"]["a"]["model"]["depth"] == 3
    assert raw["pipelines"]["a"]["model"]["depth"] == 2


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("seed", "write it as key.of.block=value"),
        ("=3", "write it as key.of.block=value"),
        ("seed..x=3", "write it as key.of.block=value"),
        ("seed=[1", "the value is not YAML"),
        ("seed=x", 'seed is "x", but must be a valid integer'),
        ("sed=1", "sed is not known; nearest: seed"),
        ("seed.more=1", "seed has no keys to set"),
        ("pipelines=1", "name one block and its key"),
        ("pipelines.churn-ml.refit=no", "there is no pipelines.churn-ml; nearest: churn-mlp"),
        ("pipelines.churn-mlp.refits=true", "refits is not known; nearest: refit"),
        ("pipelines.churn-mlp.model.dropout=2", "dropout is 2, but must be less than 1"),
    ],
)
def test_errors_of_overrides_name_the_override(project, package, override, expected):
    text = sentence(project, package, override)
    assert text.startswith(f"--set {override}: ")
    assert expected in text


def test_an_error_of_the_file_is_not_blamed_on_an_override(project, package):
    edit(project, "dropout: 0", "dropout: 3")
    text = sentence(project, package, "pipelines.churn-mlp.model.hidden=[3]")
    assert text.startswith("params.yaml, line 27: ")


def test_the_projects_own_params_are_valid():
    assert params.load(Path(params.__file__).parents[3]).pipelines


def test_three_hundred_pipelines_read_each_file_of_the_package_once(project, package, monkeypatch):
    path = project / "params.yaml"
    block = (
        "{case: churn, view: churn-table, architecture: mlp, model: {hidden: [9], dropout: 0.1}}"
    )
    many = "".join(f"  churn-{i}: {block}\n" for i in range(300))
    path.write_text(path.read_text().replace("pipelines:\n", f"pipelines:\n{many}"))
    parsed, parse = [], signatures.Module
    monkeypatch.setattr(signatures, "Module", lambda file: parsed.append(file) or parse(file))
    assert len(params.load(project, package=package).pipelines) == 302
    assert len(parsed) == len({*parsed}) > 5


def test_checking_imports_nothing_heavy():
    code = (
        "import sys, caselab.params;"
        "print({'numpy', 'pandas', 'torch', 'sklearn', 'mlflow', 'dvc', 'prefect'} & {*sys.modules})"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert printed.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (['phases=[{"epoch": 3}]'], r"phases\.0\.epoch is not known; nearest: epochs"),
        (['phases=[{"learn": ["head"]}]'], r"phases\.0 lacks the key epochs"),
        (["augmentation.flap=1"], r"augmentation\.flap is not known; nearest: flip"),
        (['phases=[{"epochs": 3}]', "max_epochs=9"], r"max_epochs has no place beside phases"),
    ],
)
def test_blocks_inside_a_training_are_checked(words, said):
    overrides = [f"pipelines.churn-mlp.training.{word}" for word in words]
    with pytest.raises(UserError, match=said):
        params.load(Path(params.__file__).parents[3], overrides=overrides)


def test_epochs_beside_phases_that_an_architecture_brings_are_refused():
    root = Path(params.__file__).parents[3]
    words = ["training={max_epochs: 9}", "architecture=pretrained"]
    overrides = [f"pipelines.images_cells-frozen.{word}" for word in words]
    with pytest.raises(UserError, match=r"training\.max_epochs has no place beside phases"):
        params.load(root, overrides=overrides)
