"""A DAG whose stages write what their name and parameters say."""

import subprocess
import sys
from pathlib import Path

import yaml

DVC_YAML = """
stages:
  prepare:
    foreach: ${cases}
    do:
      cmd: python body.py prepare ${key}
      deps: [body.py, raw.txt]
      params: ["cases.${key}"]
      outs: ["data/${key}"]
  train:
    foreach: ${pipelines}
    do:
      cmd: python body.py train ${key}
      deps: [body.py, "data/${item.case}"]
      params: [seed, "pipelines.${key}"]
      outs: ["models/${item.case}/${key}"]
  evaluate:
    foreach: ${pipelines}
    do:
      cmd: python body.py evaluate ${key}
      deps: [body.py, "models/${item.case}/${key}"]
      outs: ["reports/${item.case}/${key}"]
  compare:
    foreach: ${cases}
    do:
      cmd: python body.py compare ${key}
      deps: [body.py, "reports/${key}"]
      outs: ["leaderboards/${key}"]
"""

# Writes what the stage's name and parameters say, and notes that it ran.
BODY = """
import sys, pathlib, yaml
verb, name = sys.argv[1:]
params = yaml.safe_load(open("params.yaml"))
case = params["pipelines"][name]["case"] if name in params["pipelines"] else name
out = {"prepare": f"data/{name}", "train": f"models/{case}/{name}",
       "evaluate": f"reports/{case}/{name}", "compare": f"leaderboards/{name}"}[verb]
pathlib.Path(out).mkdir(parents=True)
content = params["pipelines"].get(name) if verb == "train" else verb
(pathlib.Path(out) / "content.txt").write_text(str(content))
with open("ran.log", "a") as log:
    log.write(f"{verb}@{name}\\n")
"""

PARAMS = {
    "seed": 1,
    "cases": {"churn": {"split": 0.2}, "news_topics": {"split": 0.5}},
    "pipelines": {
        "churn-a": {"case": "churn", "model": {"depth": 1}},
        "churn-b": {"case": "churn", "model": {"depth": 2}},
        "topics-a": {"case": "news_topics", "model": {"depth": 3}},
    },
}


def walk(dag, targets=(), force=()):
    """Run what is stale as the flow does, without its processes; return what ran."""
    ran = []
    for address in dag.stale(dag.select(targets), force=force):
        if dag.opened.start(address, force=address in force) == "run":
            subprocess.run([sys.executable, "body.py", *address.split("@")], check=True)
            ran.append(address)
            dag.opened.finish(address)
    dag.opened.flush()
    return ran


def dvc(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def set_depth(depth, pipeline="churn-a"):
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["pipelines"][pipeline]["model"]["depth"] = depth
    Path("params.yaml").write_text(yaml.safe_dump(params))
