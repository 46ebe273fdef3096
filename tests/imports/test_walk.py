"""The walk over imports, on a package of a few lines."""

import pytest

from caselab.imports.walk import Walk


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "ours"
    files = {
        "__init__.py": "import ours.notebook\n",
        "notebook.py": "",
        "a/__init__.py": "from ours.words import WORD\n",
        "a/one.py": "def f():\n    from ours.b import two\n",
        "b/__init__.py": "",
        "b/two.py": "import json\nfrom . import three\nfrom ..c import value\n",
        "b/three.py": "try:\n    import ours.late\nexcept ImportError:\n    pass\n",
        "late.py": "",
        "c.py": "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import ours.types\nelse:\n    import ours.otherwise\nvalue = 1\n",
        "types.py": "",
        "otherwise.py": "",
        "words.py": "",
        "log/__init__.py": "",
        "log/deep.py": "import ours.behind\n",
        "behind.py": "",
        "broken.py": "import ours.late\nthis is no Python\n",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def names(package, *modules, exempt=()):
    found = Walk(package, exempt).files(modules)
    return {file.relative_to(package).as_posix() for file in found}


def test_a_module_brings_all_it_imports_anywhere_but_for_types(package):
    assert names(package, "ours.a.one") == {
        "a/__init__.py", "a/one.py", "words.py", "b/__init__.py", "b/two.py", "b/three.py",
        "late.py", "c.py", "otherwise.py",
    }  # fmt: skip


def test_what_is_exempt_is_not_walked_into(package):
    (package / "c.py").write_text("from ours import log\nimport ours.log.deep\n")
    assert names(package, "ours.c") == {"c.py", "log/__init__.py", "log/deep.py", "behind.py"}
    assert names(package, "ours.c", exempt=["ours.log"]) == {"c.py"}


def test_a_module_whose_name_begins_like_an_exempt_one_counts(package):
    (package / "c.py").write_text("import ours.logbook\n")
    (package / "logbook.py").write_text("")
    assert names(package, "ours.c", exempt=["ours.log"]) == {"c.py", "logbook.py"}


def test_a_file_that_is_no_python_stands_for_itself(package):
    assert names(package, "ours.broken") == {"broken.py"}


def test_an_edit_is_seen_by_the_next_walk(package):
    assert "late.py" in names(package, "ours.b.three")
    (package / "b/three.py").write_text("import ours.words\n")
    assert names(package, "ours.b.three") == {"b/__init__.py", "b/three.py", "words.py"}
