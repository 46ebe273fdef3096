"""The page of a watch: what moved, in one HTML file that needs no network.

The last watch of a case has the page; MLflow keeps it with the champion's run.
"""

from importlib import metadata
from pathlib import Path

from caselab import numbers
from caselab.params.checks import fact
from caselab.project import places
from caselab.storage.files import replacing
from caselab.templates import template
from caselab.tracking import store
from caselab.watching.watch import Watched

FILE = "watch.html"
"""Its name beside what is known of a case's watches, and in MLflow."""


def write(watched: Watched) -> Path:
    """Write the page of a watch, and return where it is."""
    file = places.watched(watched.case) / FILE
    with replacing(file) as part:
        part.write_text(render(watched), encoding="utf-8")
    return file


def publish(watched: Watched) -> Path:
    """Write the page, and keep it in MLflow with the champion's run."""
    file = write(watched)
    if not store.is_off():
        with store.client() as client:
            client.log_artifact(watched.champion["run_id"], str(file))
    return file


def render(watched: Watched) -> str:
    """Return the page."""
    moved = numbers.counted(len(watched.moved), "comparison")
    verdict = f"{moved} moved" if watched.moved else "nothing has moved"
    if watched.is_low and not watched.moved:
        verdict = "its quality is too low"
    return template("caselab.pages", "watch.html").render(
        watched=watched,
        title=fact(watched.case, "title"),
        verdict=verdict,
        sentences=watched.sentences(),
        version=metadata.version("caselab"),
    )
