import subprocess

from caselab import params
from caselab.project import places
from caselab.storage.files import write_json
from caselab.tracking import run_references
from caselab.tracking.run_references import RunReference
from flows import marks

IDENTITY = ("-c", "user.name=test", "-c", "user.email=test@example.com")


def test_a_run_is_tagged_with_its_project_and_what_of_it_is_committed(project):
    name = project.root.name
    assert marks.tags() == [f"project:{name}"]  # nothing is committed
    for command in (["add", "."], [*IDENTITY, "commit", "-qm", "all"]):
        subprocess.run(["git", *command], check=True)
    asked = ["git", "rev-parse", "--short=8", "HEAD"]
    commit = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    assert marks.tags() == [f"project:{name}", f"commit:{commit}"]
    with (project.root / "params.yaml").open("a") as file:
        file.write("# edited\n")
    assert marks.tags() == [f"project:{name}", f"commit:{commit}-changed"]


def test_an_evaluated_pipeline_tells_its_scores_and_where_its_run_is(project):
    settings = params.load()
    assert marks.of_stage(settings, "train@one") is None
    assert marks.of_stage(settings, "evaluate@one") is None  # a toy leaves no metrics
    scores = {
        "validation": {"roc_auc": 0.85},
        "test": {"roc_auc": 0.84},
        "interval": {"roc_auc": [0.82, 0.86]},
    }
    write_json(places.report("churn", "one") / "metrics.json", scores)
    told = "roc_auc 0.850 on validation, 0.840 (0.820-0.860) on test"
    assert marks.of_stage(settings, "evaluate@one") == told
    run_references.keep("one", RunReference("k", None, "1", "experiments/1/runs/1", 2.0, 0.01))
    assert marks.of_stage(settings, "evaluate@one").startswith(f"{told}; MLflow: http://")
