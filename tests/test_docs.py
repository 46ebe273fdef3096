"""The README and the guides say what is there: commands, options, links, files, code.

What their readers are shown to run is run by `end_to_end/test_guides.py`.
"""

import json
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import typer.main
import yaml

from caselab import params
from caselab.cli import application
from caselab.notebook import Workbench

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "benchmarks/README.md", "data/README.md", "deploy/README.md"]
PAGES += sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md"))
OTHERS = {"cd", "cp", "docker", "export", "git", "mlflow", "pytest", "rm", "source"}
"""Programs whose own words are not checked."""

every_page = pytest.mark.parametrize("page", PAGES)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    marks: str  # what stands behind the language: `title=<file>`, `verbatim`
    text: str

    @property
    def title(self) -> str:
        return self.marks.removeprefix("title=") if self.marks.startswith("title=") else ""


@cache
def blocks(page: str) -> list[Block]:
    fenced = re.findall(r"^```(\w+) ?(.*)\n((?:.*\n)*?)```$", text(page), flags=re.MULTILINE)
    return [Block(*each) for each in fenced]


@cache
def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def commands(page: str) -> list[list[str]]:
    """Return the words of every command: in `shell` blocks, after `$` in others, and in sentences."""
    lines = []
    for block in blocks(page):
        if block.language == "shell":
            lines += block.text.splitlines()
        elif block.language == "console":
            lines += [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]
    lines += re.findall(r"`((?:caselab|dvc|make|prefect) [^`…<]+)`", prose(page))
    words = [shlex.split(part, comments=True) for line in lines for part in line.split("&&")]
    return [each for each in words if each]


def prose(page: str) -> str:
    """Return a page without its blocks, one paragraph a line."""
    unfenced = re.sub(r"^```(.*\n)*?```$", "", text(page), flags=re.MULTILINE)
    return re.sub(r"(?<=\S)\n(?=\S)", " ", unfenced)


def files(page: str) -> dict[str, str]:
    """Return the files that a page has its reader write, but for blocks of params.yaml."""
    titled = [block for block in blocks(page) if block.title and block.language == "python"]
    return {block.title: block.text for block in titled}


def merged(page: str) -> dict:
    """Return params.yaml with a page's blocks put in, as its reader would."""

    def merge(into: dict, more: dict) -> None:
        for key, value in more.items():
            if isinstance(value, dict) and isinstance(into.get(key), dict) and "case" not in value:
                merge(into[key], value)
            else:
                into[key] = value

    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    for block in blocks(page):
        if block.title == "params.yaml":
            merge(raw, yaml.safe_load(block.text))
    return raw


def reader(page: str, folder: Path) -> Path:
    """Return a project in which somebody has followed a page."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "dvc.yaml", folder)
    (folder / "params.yaml").write_text(yaml.safe_dump(merged(page), sort_keys=False))
    for name, content in files(page).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@every_page
def test_every_command_exists_with_its_options(page):
    for words in commands(page):
        program, *arguments = words
        if program == "caselab":
            group = typer.main.get_command(application())
            if arguments[0].startswith("--"):
                assert arguments[0] in {opt for each in group.params for opt in each.opts}
                continue
            command = group.commands[arguments[0]]
            if arguments[1:]:  # `caselab predict` may be a mere name
                command.make_context(arguments[0], arguments[1:])
        elif program == "dvc":
            from dvc.cli.parser import get_main_parser

            get_main_parser().parse_args(arguments)
        elif program == "make":
            assert re.search(rf"^{arguments[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
        elif program == "prefect":
            from prefect.cli._app import _app

            _app.parse_args(arguments, exit_on_error=False, print_error=False)
        elif program == "python":
            module = ROOT / arguments[1].replace(".", "/")
            assert (module / "__main__.py").exists() or module.with_suffix(".py").exists()
        else:
            assert program in OTHERS, f"{page}: {shlex.join(words)}"


@every_page
def test_every_link_leads_somewhere(page):
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    for target in targets:
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target.partition("#")[0]).exists(), target


def test_every_guide_is_found_from_the_readme():
    linked = set(re.findall(r"\]\((docs/[^)#]+)", text("README.md")))
    assert linked >= {page for page in PAGES if page.startswith("docs/")}


@every_page
def test_files_of_this_project_are_named_as_they_are(page):
    """Only paths that are not a reader's to write, nor left by a run."""
    named = re.findall(r"`((?:src|flows|tests|docs|benchmarks)/[\w./-]*)`", prose(page))
    written = {*files(page), "tests/cases/test_tumours.py"}
    assert [path for path in named if not (ROOT / path).exists() and path not in written] == []


@every_page
def test_every_variable_is_one_that_code_reads(page):
    code = "".join(
        f.read_text() for folder in ("src", "flows") for f in (ROOT / folder).rglob("*.py")
    )
    code += (ROOT / "prefect.yaml").read_text() + (ROOT / "deploy/compose.yaml").read_text()
    assert [name for name in re.findall(r"\bCASELAB_[A-Z]+", text(page)) if name not in code] == []


@every_page
def test_python_compiles_and_params_load(page, tmp_path):
    for block in blocks(page):
        if block.language == "python":
            compile(block.text, page, "exec")
    if any(block.title == "params.yaml" for block in blocks(page)):
        params.load(reader(page, tmp_path), package=tmp_path / "src/caselab")


def test_the_notebook_guide_uses_what_a_workbench_has():
    names = set(re.findall(r"\bchurn\.(\w+)", text("docs/notebook.md")))
    fields = {"case", "root", "pipelines"}
    assert names <= fields | {name for name in vars(Workbench) if not name.startswith("_")}


def test_the_page_of_the_data_names_every_folder_in_it_and_is_in_git():
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].values()
    outs = [out for stage in stages for out in stage.get("do", stage).get("outs", [])]
    left = {out.split("/")[1] for out in outs if out.startswith("data/")}
    assert set(re.findall(r"^\| `data/(\w+)/", text("data/README.md"), re.MULTILINE)) == left
    ignored = ["git", "check-ignore", "--no-index", "-q", "data/README.md", "data/raw/telco"]
    assert subprocess.run(ignored[:-1], cwd=ROOT).returncode == 1
    assert subprocess.run([*ignored[:-2], ignored[-1]], cwd=ROOT).returncode == 0


def test_the_readme_shows_the_guides_architecture():
    assert files("README.md").items() <= files("docs/add-an-architecture.md").items()


def test_the_benchmarks_page_shows_what_was_measured():
    rows = {row[0]: row[1:] for row in table_rows("benchmarks/README.md")}
    quality = measured("quality")["scores"]
    training = {
        f"{network}, {loop}": figures
        for network, loops in measured("training").items()
        for loop, figures in loops.items()
    }
    gpu = measured("gpu")
    on_gpu = {f"{network} on a GPU, caselab": loops for network, loops in gpu["loops"].items()}
    streamed = dict(
        zip(
            ("lenet on 64 by 64, on the GPU", "the same, streamed to it", "the same, in bfloat16"),
            gpu["rows"].values(),
            strict=False,
        )
    )
    movies = measured("movies")
    films = {
        name: [f"{rmse[0]:.3f}", f"{sum(rmse) / len(rmse):.3f}"]
        for name, rmse in ((name, each["rmse"]) for name, each in movies["ratings"].items())
    } | {
        name: [f"{each['ndcg_at_10']:.3f}", f"{each['precision_at_10']:.3f}"]
        for name, each in movies["recommendations"].items()
        if name != "published"
    }
    retail = {
        f"{table['lines']:,}": [f"{table['cpu_seconds']:.1f}", f"{table['gib']:.2f} GiB"]
        for table in measured("retail")["tables"]
    }
    texts = {f"{line['case']}-{line['model']}": line for line in measured("text")}
    overhead = measured("overhead")
    churn, few, many = (overhead[n] for n in ("churn", "synthetic 30", "synthetic 270"))
    flows = {
        f"churn, {churn['stages']} stages, by the flow": [
            f"{churn['flow']:.1f}",
            f"{churn['ratio']:.2f} of",
        ],
        f"churn, {churn['stages']} stages, by a bare script": [
            f"{churn['bare']:.1f}",
            "one process",
        ],
        "30 stages": [f"{few['flow']:.1f}", f"{few['per_stage']:.2f} s a stage"],
        "270 stages": [f"{many['flow']:.1f}", f"{many['per_stage']:.2f} s a stage"],
        "chain of 5, warm": [f"{overhead['chain of 5, warm']['flow']:.2f}", ""],
    }
    known = quality.keys() | training.keys() | films.keys() | retail.keys() | texts.keys()
    known |= on_gpu.keys() | streamed.keys() | answers_measured().keys()
    known |= measured("foreign").keys() | served_measured().keys() | own_measured().keys()
    known |= tuned_measured().keys()
    assert rows.keys() <= known | flows.keys()
    for name, (seconds, beside) in flows.items():
        assert rows[name][0] == seconds, name
        assert rows[name][1].startswith(beside), name
    for name, line in texts.items():
        low, high = line["interval"]
        shown = [f"{line['ours']:.3f}", f"{low:.3f} to {high:.3f}", f"{line['scikit_learn']:.3f}"]
        assert rows[name][1:4] == shown, name
    for name, (seconds, memory) in retail.items():
        assert rows[name][0].startswith(seconds)
        assert rows[name][1] == memory
    for name in rows.keys() & films.keys():
        assert rows[name][:2] == films[name], name
    for name in rows.keys() & quality.keys():
        score, (low, high) = quality[name]["roc_auc"], quality[name]["interval"]
        assert rows[name][:2] == [f"{score:.3f}", f"{low:.3f} to {high:.3f}"], name
        assert rows[name][3] == f"{quality[name]['seconds']:.1f}", name
        if rows[name][2]:
            gain, low, high = quality[name]["gain_over_logistic"]
            assert rows[name][2] == f"{gain:.3f} ({low:.3f} to {high:.3f})", name
    for name, loops in on_gpu.items():
        share = f"{loops['bare, fused']['ratio']:.2f} of bare, fused"
        assert rows[name] == [str(loops["caselab"]["samples_per_second"]), share], name
    for name, speed in streamed.items():
        assert rows[name][0] == str(speed), name
    for name in rows.keys() & training.keys():
        speed, ratio = training[name]["samples_per_second"], training[name]["ratio"]
        assert rows[name] == [f"{speed:.0f}", f"{ratio:.2f}"], name


def answers_measured():
    """The milliseconds of an answer, in the words and digits of the page."""
    found = measured("prediction")
    names = {
        "model": "model, from raw records to answers",
        "check": "check, of these",
        "pipeline": "pipeline, of these",
    }
    asked = {"1 row": ".1f", "7,043 rows": ".0f"}
    return {
        name: [
            format(found[when][rows][part], digits)
            for rows, digits in asked.items()
            for when in ("before", "now")
        ]
        for part, name in names.items()
    }


def test_the_benchmarks_page_tells_how_tables_of_others_did():
    rows = {row[0]: row[1:] for row in table_rows("benchmarks/README.md")}
    foreign = measured("foreign")
    assert rows.keys() & foreign.keys()
    for name in rows.keys() & foreign.keys():
        table = foreign[name]
        counts = [f"{table['learned']:,}", f"{table['answered']:,}"]
        assert rows[name][:2] == counts, name
        assert rows[name][2:4] == [f"{table['caselab']:.3f}", f"{table['boosting']:.3f}"], name


def test_the_benchmarks_page_tells_what_an_answer_costs():
    rows = {row[0]: row[1:] for row in table_rows("benchmarks/README.md")}
    for name, milliseconds in answers_measured().items():
        assert rows[name] == milliseconds, name


def served_measured():
    """The milliseconds of a request over HTTP, in the words and digits of the page."""
    found = {}
    for pipeline, each in measured("serving").items():
        for asked in each["caselab"] if pipeline != "soak" else ():
            bare = each["bare"].get(asked, {}).get("p50")
            found[f"{pipeline}, {asked}"] = ["" if bare is None else f"{bare:.0f}"] + [
                f"{each[who][asked][figure]:,.0f}"
                for figure in ("p50", "p99", "processor", "records_per_second")
                for who in ("caselab", "mlflow")
            ]
    return found


def test_the_benchmarks_page_tells_what_an_answer_over_http_costs():
    rows = {row[0]: row[1:] for row in table_rows("benchmarks/README.md")}
    for name, milliseconds in served_measured().items():
        assert rows[name] == milliseconds, name


def own_measured():
    """What came of ten tables, in the words and digits of the page."""
    found = {}
    for name, each in measured("own").items():
        scores = [f"{each['scores'][who]:.3f}" for who in ("caselab", "autogluon", "flaml")]
        gains = [
            "{:+.3f} ({:+.3f} to {:+.3f})".format(*each["gain"][w]) for w in ("autogluon", "flaml")
        ]
        seconds = f"{each['seconds']['caselab']:.0f}"
        winner = each["pipeline"].removeprefix(f"{name}-")
        found[f"{name}, {winner}"] = [f"{each['learned']:,}", *scores, *gains, seconds]
    return found


def test_the_benchmarks_page_tells_how_others_did_in_the_same_seconds():
    rows = {row[0]: row[1:] for row in table_rows("benchmarks/README.md")}
    for name, figures in own_measured().items():
        assert rows[name] == figures, name
    scores = pd.DataFrame({name: each["scores"] for name, each in measured("own").items()})
    ranks = scores.rank(ascending=False).mean(axis=1)
    said = "Mean ranks are {caselab:.2f} for ours, {flaml:.2f} for FLAML and {autogluon:.2f} for"
    assert said.format(**ranks) in text("benchmarks/README.md")


def tuned_measured():
    """What settings score and how long they were searched for, means over seeds, as the page has it."""
    found = pd.DataFrame(measured("tuning")).drop_duplicates(["pipeline", "by", "seed"])
    means = found.groupby(["pipeline", "by"])[["folds", "test", "seconds"]].mean()
    return {
        f"{pipeline}, {by}": [
            "" if pd.isna(row["folds"]) else f"{row['folds']:.4f}",
            f"{row['test']:.4f}",
            f"{row['seconds']:.0f}",
        ]
        for (pipeline, by), row in means.iterrows()
    }


def test_the_benchmarks_page_tells_what_tuning_is_worth():
    rows = {row[0]: row[1:] for row in table_rows("benchmarks/README.md")}
    for name, figures in tuned_measured().items():
        assert rows[name] == figures, name


def test_the_benchmarks_page_tells_of_autogluon_what_was_measured():
    page, scores = " ".join(text("benchmarks/README.md").split()), measured("autogluon")["scores"]
    against = scores["best by validation against AutoGluon"]
    low, high = against["gain"]
    for figure in (
        f"*best by validation* has {scores['best by validation']['roc_auc']:.3f}",
        f"AutoGluon {scores['AutoGluon good_quality']['roc_auc']:.3f}",
        f"the interval {low:.3f} to {high:.3f}, in {against['share_of_its_seconds']:.2f} of its",
    ):
        assert figure in page


def test_the_benchmarks_page_tells_of_watching_what_was_measured():
    page, found = " ".join(text("benchmarks/README.md").split()), measured("watching")
    alarms = found["false alarms"]["as set"]
    low, high = alarms["interval"]
    told = [
        f"in {found['windows']} windows of 250 customers, each with {found['comparisons']} comparisons",
        f"{alarms['count']} raised an alarm, a share of {alarms['share']:.3f} (interval {low:.3f} to "
        f"{high:.3f}) where at most {found['stated']:.3f} is stated",
    ]
    for change in found["changes"].values():
        delay = change["delay"]
        told.append(
            f"prices by {change['prices']:.0%}, {change['three years']:.0%} of contracts: "
            f"{change['found']['count']} of 40 found, the middle one after {delay['median']:.0f} "
            f"requests, nine of ten within {delay['ninth of ten']:.0f}".replace("%", " %")
        )
    assert [each for each in told if each not in page] == []
    assert low <= found["stated"]  # false alarms are not surely more than stated


def table_rows(page: str) -> list[list[str]]:
    """Return the cells of every row below a table's head."""
    tables = re.findall(r"^\|[-:| ]+\|\n((?:\|.*\n)+)", text(page), re.MULTILINE)
    lines = [line for table in tables for line in table.splitlines()]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def measured(name: str) -> dict:
    return json.loads((ROOT / f"benchmarks/results/{name}.json").read_text())
