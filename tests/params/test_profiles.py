from pathlib import Path

import pytest

from caselab import params
from caselab.errors import UserError
from caselab.params import profiles

PROFILES = """
profiles:
  full:
    pipelines:
      churn-mlp:
        model: {hidden: [64]}
        training: {learning_rate: 0.5}
    threads: 4
"""


@pytest.fixture
def profiled(project):
    path = project / "params.yaml"
    path.write_text(path.read_text() + PROFILES)
    return project


def edit(project, old, new):
    path = project / "params.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_profile_is_merged_key_by_key_and_lists_take_the_others_place(profiled, package):
    plain = params.load(profiled, package=package)
    full = params.load(profiled, ["profile=full"], package=package)
    assert plain.pipelines["churn-mlp"].model == {"hidden": (8, 4), "dropout": 0.0}
    assert full.pipelines["churn-mlp"].model == {"hidden": (64,), "dropout": 0.0}
    assert full.pipelines["churn-mlp"].features == {"impute": "mean"}
    assert (plain.threads, full.threads) == (1, 4)
    assert (plain.profile, full.profile) == (None, "full")


@pytest.mark.parametrize("order", [1, -1])
def test_an_override_wins_over_a_profile_wherever_it_stands(profiled, package, order):
    given = ["profile=full", "pipelines.churn-mlp.training.learning_rate=0.1"][::order]
    loaded = params.load(profiled, given, package=package).pipelines["churn-mlp"]
    assert loaded.training["learning_rate"] == 0.1
    assert loaded.model["hidden"] == (64,)


@pytest.mark.parametrize(
    ("old", "new", "given", "said"),
    [
        ("full:", "full:", "ful", "--profile ful: profile is ful, which is no profile; nearest: full"),
        ("[64]", "[0]", "full", "params.yaml, line 39: pipelines.churn-mlp.model.hidden"),
        ("      churn-mlp:\n        model", "      churn-ml:\n        model", "full",
         "line 38: profiles.full.pipelines.churn-ml is not known; nearest: churn-mlp"),
        ("threads: 4", "profile: other", "full", "line 41: profiles.full.profile has no place"),
        ("threads: 4", "tread: 4", "full", "line 41: tread is not known; nearest: threads"),
        ("seed: 7", "seed: 7\nprofile: full", None, "line 2: profile is chosen for a run, by --profile"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_where_it_stands(profiled, package, old, new, given, said):
    edit(profiled, old, new)
    with pytest.raises(UserError) as error:
        params.load(profiled, [profiles.override(given)] if given else [], package=package)
    assert said in str(error.value)


def test_options_are_named_as_they_were_given():
    assert profiles.option("profile=gpu") == "--profile gpu"
    assert profiles.option("seed=1") == "--set seed=1"
    assert profiles.options(["seed=1", "threads=2"]) == "--set"
    assert profiles.options(["seed=1", "profile=gpu"]) == "--set and --profile gpu"


ROOT = Path(params.__file__).parents[3]


@pytest.mark.parametrize("name", params.load(ROOT).profiles)
def test_the_projects_own_profiles_are_valid_and_change_something(name):
    loaded = params.load(ROOT, [profiles.override(name)])
    assert loaded.profile == name
    assert loaded.pipelines != params.load(ROOT).pipelines
