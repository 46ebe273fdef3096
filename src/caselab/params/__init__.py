"""params.yaml as frozen typed objects; an error names the key, its line and the nearest valid names."""

from caselab.params.blocks import (
    CaseBlock,
    Flow,
    Gate,
    Params,
    PipelineBlock,
    Retraining,
    Schedule,
    Slots,
    Source,
    Split,
    StageNeeds,
    Validation,
    ViewBlock,
    Watching,
)
from caselab.params.loading import apply, load

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
