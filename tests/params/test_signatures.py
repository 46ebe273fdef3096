import ast
from typing import Any

import pydantic
import pytest

from caselab.params.checks import GIVEN_BY_BUILD
from caselab.params.signatures import PACKAGE, Module, module, plain, training

ROOMS = ("features", "architectures")


def test_keyword_only_arguments_are_read_with_their_defaults(tmp_path):
    path = tmp_path / "ridge.py"
    path.write_text("import nowhere\ndef regression(X, *, alpha: float, fit: bool = True): ...")
    arguments = module(path).signature("regression").arguments
    assert {name: argument.required for name, argument in arguments.items()} == {
        "alpha": True,
        "fit": False,
    }


def test_a_changed_file_is_read_again(tmp_path):
    path = tmp_path / "ridge.py"
    path.write_text("def regression(*, alpha: float = 1): ...")
    assert "alpha" in module(path).signature("regression").arguments
    path.write_text("def regression(*, beta_longer: float = 1): ...")
    assert "beta_longer" in module(path).signature("regression").arguments


def test_a_type_imported_from_another_file_of_caselab_is_followed(tmp_path, monkeypatch):
    (tmp_path / "learning").mkdir()
    (tmp_path / "learning" / "losses.py").write_text('Loss = Literal["hinge", "log"]')
    path = tmp_path / "mlp.py"
    path.write_text(
        "from caselab.learning.losses import Loss\ndef classification(*, loss: Loss): ..."
    )
    monkeypatch.setattr("caselab.params.signatures.PACKAGE", tmp_path)
    loss = module(path).signature("classification").type_of("loss")
    assert loss.validate_python("log") == "log"
    with pytest.raises(pydantic.ValidationError):
        loss.validate_python("square")


def test_the_plain_words_of_a_call_are_read(tmp_path):
    path = tmp_path / "churn.py"
    path.write_text("case = Case(title='Churn', views=('table',), clean=clean, metric='roc_auc')")
    assert module(path).call("case") == {
        "title": "Churn",
        "views": ("table",),
        "metric": "roc_auc",
    }


NESTED = """
@dataclass
class Changes:
    flip: Annotated[float, Interval(ge=0, le=1)] = 0.0
    zoom: float = 0.0

@dataclass
class Part:
    epochs: PositiveInt
    learn: tuple[str, ...] = ()

@dataclass
class Training:
    rate: float = 0.1
    changes: Changes = Changes()
    parts: tuple[Part, ...] = ()
"""


@pytest.fixture
def nested(tmp_path):
    path = tmp_path / "training.py"
    path.write_text(NESTED)
    return module(path).signature("Training")


def test_a_dataclass_in_a_dataclass_is_a_block(nested):
    changes, parts = nested.type_of("changes"), nested.type_of("parts")
    assert plain(changes.validate_python({"flip": 1})) == {"flip": 1.0}
    found = plain(parts.validate_python([{"epochs": 3, "learn": ["head"]}, {"epochs": 1}]))
    assert found == ({"epochs": 3, "learn": ("head",)}, {"epochs": 1})
    for kind, wrong in (
        (changes, {"flip": 2}),
        (changes, {"flap": 1}),
        (changes, 3),
        (parts, [{"learn": []}]),
        (parts, [{"epochs": 0}]),
    ):
        with pytest.raises(pydantic.ValidationError):
            kind.validate_python(wrong)


def test_its_fields_are_told_by_dotted_name(nested):
    assert [*nested.flat()] == ["rate", "changes.flip", "changes.zoom", "parts"]
    given = {"changes": {"zoom": 0.2}, "parts": ({"epochs": 3},)}
    assert nested.flattened(given) == {"changes.zoom": 0.2, "parts": ({"epochs": 3},)}


def test_every_argument_of_ours_can_be_checked_without_an_import():
    files = [file for room in ROOMS for file in sorted((PACKAGE / room).glob("[!_]*.py"))]
    found = [(file, name) for file in files for name in module(file).functions]
    found.append((PACKAGE / "learning" / "training.py", "Training"))
    unchecked = [
        f"{file.name}: {name}({argument}=...)"
        for file, name in found
        for argument, given in module(file).signature(name).arguments.items()
        if argument not in GIVEN_BY_BUILD
        and (given.annotation is None or Module(file).evaluate(given.annotation) is Any)
    ]
    assert not unchecked


def test_an_architecture_gives_its_training_defaults_of_its_own(tmp_path):
    path = tmp_path / "gru.py"
    path.write_text(
        "def plain(*, training: Training = Training()): ...\n"
        "def own(*, training: Training = Training(max_epochs=7)): ..."
    )
    defaults = {name: training(module(path).signature(name)).arguments for name in ("plain", "own")}
    assert ast.unparse(defaults["own"]["max_epochs"].default) == "7"
    assert ast.unparse(defaults["plain"]["max_epochs"].default) == "100"
    assert ast.unparse(defaults["own"]["batch_size"].default) == "128"
