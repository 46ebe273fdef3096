"""The lists of files that stages depend on, of this project's own code."""

from pathlib import Path

import pytest

from caselab import params
from caselab.imports.lists import differences, lists, read

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def settings():
    return params.load(ROOT)


@pytest.fixture(scope="module")
def found(settings):
    return {path: set(read(text)) for path, text in lists(settings, ROOT).items()}


def test_an_architecture_that_is_no_network_comes_from_no_network_code(found):
    logistic = found["architectures/logistic.txt"]
    assert "src/caselab/architectures/logistic.py" in logistic
    # What stops early is told by a session which rows belong together, whoever it is
    sessions = {"src/caselab/learning/__init__.py", "src/caselab/learning/sessions.py"}
    learning = {file for file in logistic if file.startswith("src/caselab/learning/")}
    assert learning <= sessions
    assert "src/caselab/learning/optimizers.py" in found["architectures/mlp.txt"]


def test_what_is_loaded_by_a_name_has_a_list(found):
    assert "src/caselab/problems/ranking.py" in found["problems/movies_ranking.txt"]
    assert "src/caselab/problems/ranking.py" not in found["problems/movies_rating.txt"]
    assert (
        "src/caselab/features/interactions.py" in found["features/movies_rating-interactions.txt"]
    )
    assert "src/caselab/sources/telco.py" in found["sources/telco.txt"]
    assert "src/caselab/evaluation/plots/ratings.py" in found["plots/movies_rating-popularity.txt"]
    assert "src/caselab/evaluation/plots/curves.py" not in found["plots/prices-linear.txt"]


def test_a_pipeline_comes_from_a_network_of_others_where_it_asks_for_one(settings, found):
    def asks(words):
        return words.get("represent") in {"contextual", "subwords"} or "backbone" in words

    networks = "src/caselab/learning/backbones/__init__.py"
    asking = {name for name, block in settings.pipelines.items() if asks(block.features)}
    listed = {name for name in settings.learners if networks in found[f"transformers/{name}.txt"]}
    assert listed == asking
    assert networks not in found["features/news_topics-text.txt"]


def test_pictures_of_networks_are_drawn_of_networks_alone(found):
    saliency = "src/caselab/evaluation/plots/saliency.py"
    assert saliency in found["plots/images_digits-lenet.txt"]
    assert saliency in found["plots/images_digits-mlp.txt"]
    assert saliency not in found["plots/images_digits-logistic.txt"]
    assert saliency not in found["plots/churn-mlp.txt"]


def test_own_data_come_by_the_file_that_reads_them(settings):
    own = settings.sources["telco"].model_copy(update={"origin": "customers.csv"})
    changed = settings.model_copy(update={"sources": {"telco": own}})
    listed = read(lists(changed, ROOT)["sources/telco.txt"])
    assert "src/caselab/sources/own/tables.py" in listed
    assert "src/caselab/sources/telco.py" not in listed


def test_lists_are_the_same_each_time_and_sorted(settings):
    once = lists(settings, ROOT)
    assert once == lists(settings, ROOT)
    for text in once.values():
        assert text.splitlines() == sorted(text.splitlines())


def test_two_lists_differ_by_files():
    before = read("src/a.py 1\nsrc/b c.py 2\nsrc/d.py 3\n")
    now = read("src/a.py 1\nsrc/b c.py 4\nsrc/e.py 5\n")
    assert differences(before, now) == [
        "src/b c.py changed",
        "src/d.py is imported no more",
        "src/e.py is imported now",
    ]
