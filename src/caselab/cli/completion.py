"""Names that a shell completes: cases, studies, pipelines, versions, of the project one stands in."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from caselab import params
from caselab.errors import UserError
from caselab.params import Params
from caselab.params.checks import names
from caselab.params.signatures import PACKAGE
from caselab.project import places

Names = Callable[[str], list[str]]


def _completing(known: Callable[[Params, Path], Iterable[str]]) -> Names:
    """Return what completes the beginning of a name; outside of a project, nothing."""

    def complete(incomplete: str) -> list[str]:
        try:
            root = places.find_root()
            return [name for name in known(params.load(root), root) if name.startswith(incomplete)]
        except UserError:  # told by the command itself
            return []

    return complete


def _studies(parameters: Params) -> list[str]:
    return sorted({case.partition("_")[0] for case in parameters.cases if "_" in case})


def _versions(parameters: Params, root: Path) -> list[str]:
    """Return what stands behind an @: the champions, and the versions that are remembered."""
    found = []
    for case in parameters.cases:
        try:
            known = json.loads((root / places.champion(case)).read_text(encoding="utf-8"))
            numbers = sorted({event["version"] for event in known["history"]})
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found += [f"{case}@champion", *(f"{case}@{number}" for number in numbers)]
    return found


pipeline = _completing(lambda parameters, _: parameters.pipelines)
case = _completing(lambda parameters, _: parameters.cases)
cases = _completing(lambda parameters, _: [*parameters.cases, *_studies(parameters)])
targets = _completing(
    lambda parameters, _: [*parameters.cases, *_studies(parameters), *parameters.pipelines]
)
compared = _completing(
    lambda parameters, root: [*parameters.pipelines, *_versions(parameters, root)]
)
profiles = _completing(lambda parameters, _: parameters.profiles)
shown = _completing(
    lambda parameters, _: [
        *parameters.cases,
        *_studies(parameters),
        *parameters.pipelines,
        *parameters.views,
        *parameters.sources,
        *names(PACKAGE / "architectures"),
    ]
)
