"""Answers in the form in which was asked: JSON, or the bytes that `caselab predict` writes."""

import io
import json
from collections.abc import Sequence

import pandas as pd
from starlette.responses import Response

from caselab.registry import asking
from caselab.serving import fields
from caselab.serving.bodies import Form

MEDIA = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


def of(
    form: Form,
    answers: pd.DataFrame,
    records: pd.DataFrame,
    case: str,
    number: str,
    versions: Sequence[int],
) -> Response:
    """Return the answers to a request: `number` is its own, `versions` answered its records.

    Where a trial has split it, `version` is the one that answered the first, and `versions` has all.
    """
    if form == "json":
        said = {"request_id": number, "version": versions[0], "answers": fields.rows(answers)}
        if len({*versions}) > 1:
            said["versions"] = [*versions]
        content = json.dumps(said, ensure_ascii=False, allow_nan=False).encode()
    else:
        table = asking.line_by_line(asking.with_names(answers, records, case))
        content = table.to_csv(index=False).encode() if form == "csv" else _parquet(table)
    by = ", ".join(map(str, dict.fromkeys(versions)))
    headers = {"X-Request-Id": number, "X-Model-Version": by}
    return Response(content, media_type=MEDIA[form], headers=headers)


def _parquet(table: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    table.to_parquet(file, index=False)
    return file.getvalue()
