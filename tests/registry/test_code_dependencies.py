"""Which files and packages a model needs."""

from importlib import metadata

from caselab.params.signatures import PACKAGE
from caselab.registry import code_dependencies


def names(found: code_dependencies.CodeDependencies) -> set[str]:
    return {file.relative_to(PACKAGE).as_posix() for file in found.files}


def test_a_model_brings_what_it_imports_and_nothing_of_other_cases_or_stages():
    found = code_dependencies.needed(["caselab.cases.churn", "caselab.architectures.logistic"])
    assert {
        "__init__.py",
        "cases/__init__.py",
        "cases/churn.py",
        "architectures/__init__.py",
        "architectures/logistic.py",
        "features/__init__.py",
        "errors.py",
    } <= names(found)
    rooms = {name.partition("/")[0] for name in names(found)}
    assert not rooms & {"stages", "dag", "cli", "sources", "notebook.py"}
    assert "architectures/svm.py" not in names(found)


def test_imports_inside_functions_count_and_imports_for_types_do_not(tmp_path):
    package = tmp_path / "ours"
    package.mkdir()
    (package / "__init__.py").write_text("def notebook():\n    import ours.heavy\n")
    (package / "a.py").write_text(
        "import json\nfrom typing import TYPE_CHECKING\nfrom ours import b\n"
        "if TYPE_CHECKING:\n    import torch\n    from ours import types\nelse:\n    import late\n"
        "class C:\n    import numpy\n"
        "def f():\n    import xgboost\n    from ours.c import g\n"
    )
    (package / "c.py").write_text("import matplotlib\n")
    for name in ("b", "types", "heavy"):
        (package / f"{name}.py").write_text("def g(): ...\n")
    found = code_dependencies.needed(["ours.a"], package)
    assert {file.name for file in found.files} == {"__init__.py", "a.py", "b.py", "c.py"}
    assert found.foreign == {
        "json", "typing", "typing.TYPE_CHECKING", "numpy", "xgboost", "late", "matplotlib",
    }  # fmt: skip
    assert found.at_once == {"json", "typing", "numpy", "late"}
    copied = code_dependencies.copy(found, tmp_path / "copy", package)
    assert sorted(file.name for file in copied.iterdir()) == ["__init__.py", "a.py", "b.py", "c.py"]


def test_pins_are_exact_versions_of_packages_not_modules():
    modules = {"sklearn.pipeline", "json.decoder", "annotated_types", "dateutil.parser", "yaml"}
    assert code_dependencies.pins(modules) == [
        f"annotated-types=={metadata.version('annotated-types')}",
        f"python-dateutil=={metadata.version('python-dateutil')}",
        f"pyyaml=={metadata.version('PyYAML')}",
        f"scikit-learn=={metadata.version('scikit-learn')}",
    ]


def test_of_packages_that_share_a_name_the_one_that_has_the_module_is_pinned():
    assert metadata.packages_distributions()["google"] != ["protobuf"]
    shared = {"ruamel.yaml.error", "google.protobuf.message"}
    assert code_dependencies.pins(shared) == [
        f"protobuf=={metadata.version('protobuf')}",
        f"ruamel-yaml=={metadata.version('ruamel.yaml')}",
    ]


def test_the_closure_of_pins_lacks_nothing_that_they_require_here():
    found = code_dependencies.closure(code_dependencies.pins({"pandera", "skops.io"}))
    assert {"pandera", "skops", "typeguard", "scikit-learn", "scipy", "threadpoolctl"} <= {
        pin.partition("==")[0] for pin in found
    }
    assert code_dependencies.closure(found) == found
    assert all(
        pin == f"{name}=={metadata.version(name)}"
        for pin in found
        for name in [pin.partition("==")[0]]
    )
    assert not {pin for pin in found if pin.startswith(("pytest", "torch"))}  # of extras
