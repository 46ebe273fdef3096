"""Views (stateless, before training) and transformers (fitted inside it), one file a modality.

A file exposes `view(records, **options) -> X`, `transformer(**features) -> transformer`, and
`plots`, the pictures (`file.function` of `evaluation/plots/`) that suit what it shows; of networks
alone there may be `network_plots` besides. A transformer that takes `target` (what the kind of
problem answers, of `data/targets.py`) or `random_state` is given them. A view that looks at other
rows says at which: `neighbours(**options)`. `steps/` holds what views and transformers are made of,
`pretrained/` what brings the network of others, and is loaded where a pipeline asks for it.
"""

import pkgutil
from importlib import import_module
from types import ModuleType

from caselab.errors import unknown


def names() -> list[str]:
    """Return the modalities: the files of this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)


def load(name: str) -> ModuleType:
    """Import one modality."""
    if name not in names():
        raise unknown("view", name, names())
    return import_module(f"{__name__}.{name}")
