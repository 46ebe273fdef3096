"""Answers in the form in which was asked: JSON, or the bytes that `caselab predict` writes."""

import io
import json

import pandas as pd
from starlette.responses import Response

from caselab.registry import asking
from caselab.serving import fields
from caselab.serving.bodies import Form
from caselab.serving.workers import Worker

MEDIA = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


def of(
    form: Form, answers: pd.DataFrame, records: pd.DataFrame, case: str, number: str, worker: Worker
) -> Response:
    """Return the answers to a request: `number` is its own, `worker` gave them."""
    if form == "json":
        said = {
            "request_id": number,
            "version": worker.version,
            "answers": fields.rows(answers),
        }
        content = json.dumps(said, ensure_ascii=False, allow_nan=False).encode()
    else:
        table = asking.line_by_line(asking.with_names(answers, records, case))
        content = table.to_csv(index=False).encode() if form == "csv" else _parquet(table)
    headers = {"X-Request-Id": number, "X-Model-Version": str(worker.version)}
    return Response(content, media_type=MEDIA[form], headers=headers)


def _parquet(table: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    table.to_parquet(file, index=False)
    return file.getvalue()
