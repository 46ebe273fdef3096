import socket

import yaml

from caselab.cli import tables
from caselab.project import places
from tests.cli.test_cli import invoke


def test_a_pipeline_shows_every_setting_given_or_not(finished):
    params = yaml.safe_load((finished / "params.yaml").read_text())
    params["pipelines"]["churn-mlp"]["training"] = {"batch_size": 77}
    (finished / "params.yaml").write_text(yaml.safe_dump(params))
    output = invoke("show", "churn-mlp").output
    lines = {line.split()[0]: line for line in output.splitlines() if line.strip()}
    assert "77" in lines["batch_size"]
    assert "'adam'" in lines["optimizer"]
    assert "'sgd' | 'momentum'" in lines["optimizer"]
    assert "random_state" not in output  # given by the seed
    assert "0.843 (0.833-0.853)" in lines["validation"]


def test_a_blend_shows_what_it_may_be_and_what_its_members_weigh(project):
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["blends"] = {"churn-blend": {"case": "churn", "view": "churn-table", "rounds": 9}}
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    table = places.model("churn", "churn-blend") / "members.csv"
    table.parent.mkdir(parents=True)
    table.write_text("member,weight\nchurn-svm,0.25\nchurn-mlp,0.0\nchurn-logistic,0.75\n")
    lines = {
        line.split()[0]: " ".join(line.split())
        for line in invoke("show", "churn-blend").output.splitlines()
        if line.strip()
    }
    assert lines["members"] == "members churn-logistic 0.75, churn-svm 0.25"
    assert lines["rounds"] == "rounds 9 PositiveInt"
    assert lines["method"] == "method 'greedy' 'greedy' | 'stack'"
    assert not {"refit", "impute"} & lines.keys()


def test_a_link_says_where_nobody_serves_it_and_is_whole(finished, monkeypatch):
    monkeypatch.setattr(tables, "PIPE_WIDTH", 60)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        (finished / ".caselab/mlflow-page").write_text(address)
        link = f"{address}/#/experiments/1/runs/r1?workflowType=machine_learning"
        assert f"{link} (once `caselab ui` serves it)" in invoke("show", "churn-logistic").output
        server.listen()
        output = invoke("show", "churn-logistic").output
        assert link in output
        assert "caselab ui" not in output


def test_a_case_shows_what_is_asked_and_who_competes(project):
    output = invoke("show", "churn").output
    assert "Which customers of a telephone company will leave?" in output
    assert "stratified, 5 folds" in output
    assert "churn-xgboost" in output


def test_a_case_shows_the_licence_of_its_data_and_whom_to_cite(project):
    output = invoke("show", "churn").output
    assert "Apache-2.0" in output
    assert "IBM (2019): Telco customer churn" in output


def test_a_case_shows_what_its_contract_allows(project):
    lines = {
        line.split()[0]: " ".join(line.split())
        for line in invoke("show", "churn", "--columns").output.splitlines()
        if line.strip()
    }
    assert lines["customer_id"] == "customer_id text unique"
    assert lines["tenure"] == "tenure whole number 0 to 1,200 months"
    assert lines["internet_service"] == "internet_service text No, DSL, Fiber optic"
    assert lines["total_charges"] == "total_charges number 0 to 100,000,000 allowed"


def test_a_source_shows_its_licence(project):
    assert "Apache-2.0" in invoke("show", "telco").output


def test_a_view_shows_its_options(project):
    output = invoke("show", "churn-table").output
    assert "ratios" in output
    assert "src/caselab/features/table.py" in output


def test_an_architecture_shows_what_it_solves_and_its_limits(project):
    output = invoke("show", "mlp").output
    assert "classification" in output
    assert "float, ge=0, lt=1" in output
    assert "churn-mlp" in output


def test_choices_that_have_a_name_in_the_code_are_spelled_out(project):
    shown = invoke("show", "efficientnet").output
    assert "'b0' | 'lite0'" in shown
    assert "'auto' | 'large' | 'small'" in shown  # of another file
