"""The flow as a deployment: plain parameters, no command around it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.usefixtures("prefect_server")]

REPOSITORY = Path(__file__).parents[2]


def prefect(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        env=os.environ | {"CASELAB_HOME": "somewhere"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_flow_runs_by_its_entrypoint_with_plain_parameters(toys):
    from prefect.flows import load_flow_from_entrypoint

    flow = load_flow_from_entrypoint(str(REPOSITORY / "flows/walk.py:run"))
    state = flow(targets=["one"], promote=False, return_state=True)
    assert state.is_completed()
    assert toys.ran() == ["evaluate@one", "fetch@telco", "prepare@churn", "train@one"]
    toys.behave(train_two="fail")
    state = flow(targets=["two"], promote=False, return_state=True)
    assert state.is_failed()
    assert "train@two" in state.message


def test_prefect_yaml_deploys_what_it_says(prefect_server):
    from prefect.client.orchestration import get_client

    prefect("work-pool", "create", "caselab", "--type", "process")
    prefect("deploy", "--all")
    with get_client(sync_client=True) as client:
        everything = client.read_deployment_by_name("caselab/everything")
        refresh = client.read_deployment_by_name("caselab/refresh")
    assert everything.entrypoint == refresh.entrypoint == "flows/walk.py:run"
    assert refresh.parameters == {"refresh": True}
    assert everything.work_pool_name == "caselab"
    properties = everything.parameter_openapi_schema["properties"]
    assert set(properties) == {"targets", "overrides", "force", "refresh", "promote"}
