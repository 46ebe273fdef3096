"""What `dvc plots` shows of a case: its pipelines over each other, and not every pipeline's own."""

import re
import subprocess
import sys

from PIL import Image

from tests.cli.conftest import project  # noqa: F401  a fixture


def test_dvc_shows_a_cases_overlays_and_no_more(project):  # noqa: F811
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, check=True)
    for folder in (
        "leaderboards/churn",
        "leaderboards/churn/plots",
        "reports/churn/churn-mlp/plots",
    ):
        (project / folder).mkdir(parents=True)
        Image.new("RGB", (4, 4)).save(project / folder / "leaderboard.png")
    (project / "reports/churn/churn-mlp/plots/roc.csv").write_text("x,y\n0,0\n1,1\n")
    (project / "leaderboards/churn/curves").mkdir()
    (project / "leaderboards/churn/curves/roc.csv").write_text("pipeline,x,y\na,0,0\na,1,1\n")
    command = [sys.executable, "-m", "dvc", "plots", "show"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = (project / "dvc_plots/index.html").read_text()
    assert sorted(re.findall(r'<img src="static/workspace_([^"]+)"', page)) == [
        "leaderboards_churn_leaderboard.png", "leaderboards_churn_plots_leaderboard.png",
    ]  # fmt: skip
    assert "text/javascript" not in page  # no chart of a table
