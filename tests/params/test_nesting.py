"""Files that would take all memory, time or stack of whoever loads them."""

import time

import pytest

from caselab import params
from caselab.dag import Dag
from caselab.errors import UserError
from caselab.params import nesting

BOMB = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)
)
IN_PIPELINE = f"{BOMB}pipelines: {{p: {{model: *a29}}}}\n"
DEEP = "pipelines: " + "[" * 1000 + "]" * 1000 + "\n"
DEEP_BLOCKS = "".join(f"{' ' * depth}key:\n" for depth in range(1000))
ENDLESS = "pipelines: &all {again: *all}\n"


@pytest.mark.parametrize("load", [params.load, Dag])
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (BOMB, "line 5: up to here this stands for more than 100,000 values"),
        (IN_PIPELINE, "stands for more than"),
        (DEEP, "line 1: this is nested deeper than 50 levels"),
        (DEEP_BLOCKS, "line 51: this is nested deeper than 50 levels"),
        (ENDLESS, "line 1: up to here this stands for more than"),
    ],
)
def test_refused_in_one_sentence_within_a_second(tmp_path, monkeypatch, load, text, sentence):
    (tmp_path / "params.yaml").write_text(text)
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    monkeypatch.chdir(tmp_path)
    began = time.process_time()
    with pytest.raises(UserError, match=f"^params.yaml, .*{sentence}"):
        load()
    assert time.process_time() - began < 1


def test_refused_on_the_command_line_too(tmp_path):
    (tmp_path / "params.yaml").write_text("seed: 7\n")
    with pytest.raises(UserError, match=r"^--set seed, line 1: this is nested"):
        params.load(tmp_path, ["seed=" + "[" * 1000])


def test_a_dvc_yaml_that_is_one_is_refused(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("seed: 7\n")
    (tmp_path / "dvc.yaml").write_text(BOMB)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"^dvc.yaml, line 5"):
        Dag()


def test_anchors_as_people_use_them_pass():
    nesting.check("".join(f"b{n}: {{<<: *base, n: {n}}}\n" for n in range(999)), "text")
    nesting.check("base: &base {a: [1, 2], b: {c: 3}}\nother: {<<: *base}\n", "text")
    nesting.check("base: &base {a: [1, 2], b: {c: 3}}\nother: [what", "text")  # no YAML


def test_values_count_as_often_as_they_are_meant(monkeypatch):
    monkeypatch.setattr(nesting, "LARGEST", 12)
    text = "a: &a [1, 2]\nb: [*a, *a"  # mapping, 2 keys, 3 + 1 + 2 * 3 values
    with pytest.raises(UserError, match="more than 12 values"):
        nesting.check(f"{text}]", "text")
    monkeypatch.setattr(nesting, "LARGEST", 13)
    nesting.check(f"{text}]", "text")
