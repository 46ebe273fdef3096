"""Read a folder of pictures or of texts, one file a row.

Without a table of labels, the folder that a file lies in names its class. A row's `path`, from the
folder on, is its id: files that are added move no row.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from caselab.errors import UserError, unknown
from caselab.sources.own import tables

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")
TEXTS = (".txt", ".md")
ENDINGS = {"pictures": PICTURES, "texts": TEXTS}
TABLES = (".csv", ".tsv", ".parquet", ".xlsx")
PARTS = {"train", "test"}


def read(
    path: Path,
    *,
    contents: Literal["pictures", "texts"] | None = None,
    labels: str | None = None,
) -> pd.DataFrame:
    """Return one row per file: `path`, `picture` (bytes) or `text`, and `label`.

    Where the classes lie in the folders `train` and `test`, `split` says in which.

    Args:
        path: the folder.
        contents: what its files are; found from their endings where it is not given.
        labels: a table in the folder, one of whose columns holds the files' paths; its other
            columns take the place of `label`, and are missing where it does not name a file.

    Raises:
        UserError: there is no such folder or no file in it, or a file is not what its ending says.
    """
    if not path.is_dir():
        raise UserError(f"{path} is no folder; correct the source's origin in params.yaml.")
    contents = contents or kind(path)
    files = _files(path, ENDINGS[contents])
    if not files:
        raise UserError(f"{path} holds no {contents}; name a folder that does.")
    loose = [file for file in files if file.parent == path]
    if loose and labels is None:
        raise UserError(
            f"{path} holds {len(loose):,} {contents} that lie in no folder of a class, such as "
            f"{loose[0].name}; put them into one, or name a table of labels in the folder."
        )
    content: Callable[[Path], Any] = _picture if contents == "pictures" else _text
    rows = pd.DataFrame(
        {
            "path": [file.relative_to(path).as_posix() for file in files],
            contents.removesuffix("s"): [content(file) for file in files],
            "label": [file.parent.relative_to(path).as_posix() for file in files],
        }
    )
    if labels is None and set(rows["label"].str.partition("/")[0]) == PARTS:
        rows[["split", "label"]] = rows["label"].str.split("/", n=1, expand=True)
    return rows if labels is None else _labelled(rows.drop(columns="label"), path, labels)


def kind(path: Path) -> Literal["pictures", "texts"]:
    """Return what most of a folder's files are.

    Raises:
        UserError: neither.
    """
    pictures, texts = len(_files(path, PICTURES)), len(_files(path, TEXTS))
    if not pictures and not texts:
        raise UserError(
            f"{path} holds no pictures ({', '.join(PICTURES)}) and no texts ({', '.join(TEXTS)}); "
            "name a folder that does, with one folder for each class."
        )
    return "pictures" if pictures >= texts else "texts"


def table_of_labels(path: Path) -> str | None:
    """Return the one table that lies in a folder beside its pictures or texts, if there is one."""
    found = [file.name for file in path.iterdir() if file.suffix.lower() in TABLES]
    return found[0] if len(found) == 1 else None


def path_column(table: pd.DataFrame, paths: set[str]) -> str | None:
    """Return the column that names most of the files."""
    hits = {str(name): int(table[name].astype(str).isin(paths).sum()) for name in table}
    best = max(hits, key=lambda name: hits[name])
    return best if hits[best] else None


def unread(path: Path, contents: Literal["pictures", "texts"], labels: str | None) -> list[Path]:
    """Return the files of a folder that are no rows, because their endings are others."""
    rows = set(_files(path, ENDINGS[contents]))
    return [file for file in _files(path) if file not in rows and file != path / (labels or "")]


def _files(path: Path, endings: tuple[str, ...] = ()) -> list[Path]:
    """Return the files that are not hidden, in order; with some endings, or all."""
    return [
        file
        for file in sorted(path.rglob("*"))
        if (not endings or file.suffix.lower() in endings)
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    ]


def _labelled(rows: pd.DataFrame, path: Path, labels: str) -> pd.DataFrame:
    found = [file.name for file in path.iterdir() if file.suffix.lower() in TABLES]
    if labels not in found:
        raise unknown(f"table in {path} named", labels, found)
    table = tables.read(path / labels)
    column = path_column(table, set(rows["path"]))
    if column is None:
        raise UserError(
            f"No column of {path / labels} names the files of {path}; write their paths from that "
            f"folder on, such as {rows['path'].iloc[0]}."
        )
    table = table.rename(columns={column: "path"}).astype({"path": str})
    if (twice := table["path"][table["path"].duplicated()]).any():
        raise UserError(f"{path / labels} names {twice.iloc[0]} twice; keep one of its rows.")
    absent = table.loc[~table["path"].isin(rows["path"]), "path"]
    if len(absent):
        raise UserError(
            f"{path / labels} names {len(absent):,} files that are not there, such as "
            f"{absent.iloc[0]}; bring them, or remove their rows."
        )
    return rows.merge(table, on="path", how="left")


def _picture(file: Path) -> bytes:
    from PIL import Image

    content = file.read_bytes()
    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        reason = "empty" if not content else type(error).__name__
        raise UserError(
            f"{file} is no picture that can be read ({reason}); save it again or remove it."
        ) from None
    return content


def _text(file: Path) -> str:
    content = file.read_bytes()
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(f"{file} is no text in UTF-8; save it again or remove it.")
