"""params.yaml as frozen typed objects; an error names the key, its line and the nearest valid names."""

from caselab.params.blocks import (
    CaseBlock,
    Params,
    PipelineBlock,
    Source,
    Split,
    Validation,
    ViewBlock,
)
from caselab.params.loading import apply, load
from caselab.params.operating import Gate, Retraining, Watching
from caselab.params.running import Flow, Schedule, Slots, StageNeeds

__all__ = [
    "CaseBlock",
    "Flow",
    "Gate",
    "Params",
    "PipelineBlock",
    "Retraining",
    "Schedule",
    "Slots",
    "Source",
    "Split",
    "StageNeeds",
    "Validation",
    "ViewBlock",
    "Watching",
    "apply",
    "load",
]
