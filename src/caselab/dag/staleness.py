"""How a stage differs from its entry in dvc.lock, in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.stage import PipelineStage

from caselab.dag.graph import NEVER_RUN
from caselab.dag.inputs import Inputs, overlap
from caselab.imports import lists
from caselab.project import places


def changes(stage: PipelineStage, inputs: Inputs, ignore: Sequence[str] = ()) -> list[str]:
    """List how the stage differs from its entry in dvc.lock, but for deps under `ignore`."""
    if not any(out.hash_info for out in stage.outs):
        known = any(dep.hash_info for dep in stage.deps)
        return ["its outputs are others in dvc.yaml now"] if known else [NEVER_RUN]
    found = ["command changed"] if stage.changed_stage() else []
    for dep in stage.deps:
        if isinstance(dep, ParamsDependency):
            found += differences(dep.hash_info.value or {}, dep.read_params())
        elif any(overlap(dep.def_path, path) for path in ignore):
            continue
        elif not inputs.exists(dep):
            found.append(f"{dep.def_path} is missing")
        elif not dep.hash_info:
            found.append(f"{dep.def_path} is a new dependency")
        elif inputs.hash(dep)[1] != dep.hash_info:
            found += _edits(dep, inputs) or [f"{dep.def_path} changed"]
    return list(dict.fromkeys(found)) + _damages(stage, inputs)


def differences(before: dict[str, Any], now: dict[str, Any], path: str = "") -> list[str]:
    """Describe every changed parameter: `pipelines.churn-mlp.model.dropout: 0.2 → 0.5`."""
    found = []
    for key in [*before, *(key for key in now if key not in before)]:
        name = f"{path}.{key}" if path else key
        old, new = before.get(key), now.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += differences(old, new, name)
        elif key not in before:
            found.append(f"{name} is new: {new}")
        elif key not in now:
            found.append(f"{name} is gone, it was {old}")
        elif old != new:
            found.append(f"{name}: {old} → {new}")
    return found


def _edits(dep: Any, inputs: Inputs) -> list[str]:
    """Name the files of code in which a list of imports differs from the one that DVC kept."""
    if places.imports() not in Path(dep.def_path).parents:
        return []
    kept = Path(dep.repo.cache.local.oid_to_path(dep.hash_info.value))
    if not kept.exists():
        return []
    before = lists.read(kept.read_text(encoding="utf-8"))
    return lists.differences(before, lists.read(inputs.text(dep)))


def _damages(stage: PipelineStage, inputs: Inputs) -> list[str]:
    found = []
    for out in stage.outs:
        if not out.exists:
            found.append(f"{out.def_path} is missing")
        elif inputs.hash(out)[1] != out.hash_info:
            found.append(f"{out.def_path} differs from dvc.lock")
        elif out.changed_cache():
            found.append(f"{out.def_path} is not in the cache")
    return found
