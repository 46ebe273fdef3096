"""The HTTP face of cases that are served: predictions, health, figures, OpenAPI, a page to try."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from caselab.data.notes import COLUMN, NO_ANSWER
from caselab.errors import UserError
from caselab.registry import asking
from caselab.serving import access, bodies, explaining, fields, pages, replies
from caselab.serving.measures import Measures
from caselab.serving.requests import Answered
from caselab.serving.served import Served, Told

OPEN = ("/health", "/ready", "/")
"""Paths that need no token, beside the pages of cases."""

AT_ONCE = 100_000
"""Bytes up to which a body is read without a thread."""

Ended = Callable[[Request], Awaitable[Response]]


def build(served: Mapping[str, Served], measures: Measures, token: str | None = None) -> FastAPI:
    """Return the application that answers for cases by name."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        for each in served.values():
            each.begin()
        try:
            yield
        finally:
            for each in served.values():
                await each.end()

    app = FastAPI(
        title="caselab",
        description="Champions of cases.",
        version="1",
        lifespan=life,
        docs_url=None,  # their pages come from elsewhere
        redoc_url=None,
    )
    app.add_exception_handler(HTTPException, _told)
    app.add_middleware(access.Guard, token=token, pages={*OPEN, *(f"/{name}" for name in served)})

    @app.get("/health", summary="Whether the server runs")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/ready", summary="Whether every case has a version that can answer")
    async def ready() -> JSONResponse:
        cases = {name: _state(each) for name, each in served.items()}
        whole = all(each["ready"] for each in cases.values())
        return JSONResponse({"ready": whole, "cases": cases}, 200 if whole else 503)

    @app.get("/metrics", summary="Figures for Prometheus", response_class=Response)
    async def metrics() -> Response:
        return Response(measures.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def index() -> str:
        return pages.index(served)

    turn = asyncio.Semaphore(explaining.THREADS)
    for name, each in served.items():
        _add(app, name, each, turn, guarded=token is not None)
        if len(served) == 1:
            _add_prediction(app, "/predict", each)
    return app


def _add(
    app: FastAPI, name: str, served: Served, turn: asyncio.Semaphore, *, guarded: bool
) -> None:
    _add_prediction(app, f"/{name}/predict", served)

    @app.post(f"/{name}/explain", include_in_schema=False)
    async def explain(request: Request) -> JSONResponse:
        question, _ = await _question(request, served)
        return JSONResponse(await explaining.explained(served, question, turn))

    @app.get(f"/{name}", response_class=HTMLResponse, include_in_schema=False)
    async def page() -> str:
        return pages.case(served, guarded=guarded)


def _add_prediction(app: FastAPI, path: str, served: Served) -> None:
    async def predict(request: Request) -> Response:
        """Answer for records."""
        return await _predicted(request, served)

    app.add_api_route(
        path,
        predict,
        methods=["POST"],
        summary=served.case.question,
        operation_id=path.strip("/").replace("/", "_"),
        openapi_extra=_described(served),
        responses={
            status: {"description": told}
            for status, told in {
                400: "The body cannot be read",
                401: "The token is missing or wrong",
                413: "The body is too large",
                415: "The body is of no known kind",
                422: "The records cannot be answered",
                503: "Nobody answers right now; ask again",
            }.items()
        },
    )


def _described(served: Served) -> dict[str, Any]:
    record = fields.schema(served.case, served.fields, served.example)
    several = {"type": "array", "items": record, "minItems": 1}
    binary = {"schema": {"type": "string", "format": "binary"}}
    content = {"application/json": {"schema": {"oneOf": [record, several]}}}
    if served.example:
        content["application/json"]["example"] = served.example  # type: ignore[assignment]
    kinds = [kind for kind in bodies.FORMS if kind != "application/json"]
    body = {"required": True, "content": content | dict.fromkeys(kinds[:2], binary)}
    strict = {
        "name": "strict",
        "in": "query",
        "schema": {"type": "boolean", "default": False},
        "description": "Refuse all records where one breaks the contract.",
    }
    options = {
        "name": "set",
        "in": "query",
        "schema": {"type": "array", "items": {"type": "string"}},
        "description": "How to answer, as name=value, where the case's kind of problem has options.",
    }
    return {"requestBody": body, "parameters": [strict, options]}


async def _predicted(request: Request, served: Served) -> Response:
    number, came = uuid.uuid4().hex, datetime.now(UTC)
    status, version = 500, ""
    request.state.number = number
    start = time.perf_counter()
    try:
        question, form = await _question(request, served)
        start = time.perf_counter()
        how = _how(request)
        told = await served.ask(question, how)
        answers, versions = told.answers, told.versions
        version = "+".join(map(str, dict.fromkeys(versions)))
        _refuse_vain(answers)
        records = question.records
        given = (form, answers, records, served.case.name, number, versions)
        reply = (
            await run_in_threadpool(replies.of, *given)
            if len(records) > 100
            else replies.of(*given)
        )
        latency = time.perf_counter() - start
        _write_down(served, told, records, number, came, 1000 * latency)
        served.ask_in_shadow(told, question, how, number, came)
        served.measures.records.labels(served.case.name).inc(len(records))
        served.measures.seconds.labels(served.case.name).observe(latency)
        status = 200
    except HTTPException as error:
        status = error.status_code
        raise
    else:
        return reply
    finally:
        served.measures.requests.labels(served.case.name, version, status).inc()


def _write_down(
    served: Served, told: Told, records: pd.DataFrame, number: str, came: datetime, latency: float
) -> None:
    for part in told.parts:
        alone = len(told.parts) == 1
        served.log.add(
            Answered(
                number, came, part.version, latency,
                records if alone else records.iloc[[*part.rows]],
                part.answers,
                rows=() if alone else [row + 1 for row in part.rows],
                trial=part.trial,
            )
        )  # fmt: skip


async def _question(request: Request, served: Served) -> tuple[bodies.Question, bodies.Form]:
    form = bodies.form(request.headers.get("content-type", ""))
    body = await _body(request, served.settings.max_body)
    how = (body, form, served.fields, served.settings.max_records, served.words, served.case.target)
    if form == "json" and len(body) <= AT_ONCE:
        return bodies.read(*how), form
    return await run_in_threadpool(bodies.read, *how), form


async def _body(request: Request, most: int) -> bytes:
    """Return a request's body; one that is too large is not read to its end."""
    told = request.headers.get("content-length", "")
    parts, size = [], int(told) if told.isdigit() else 0
    if size <= most:
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > most:
                break
            parts.append(part)
    if size > most:
        raise HTTPException(
            413,
            f"The body is larger than {most:,} bytes; send its records in parts, or raise "
            "serving.max_body in params.yaml.",
            {"Connection": "close"},
        )
    return b"".join(parts)


def _how(request: Request) -> dict[str, Any]:
    strict = request.query_params.get("strict", "false").lower()
    if strict not in ("true", "false", "1", "0"):
        raise HTTPException(422, f"strict is {strict!r}; it must be true or false.")
    try:
        options = dict(map(asking.option, request.query_params.getlist("set")))
    except UserError as error:
        raise HTTPException(422, str(error).removeprefix("--")) from None
    return {"strict": strict in ("true", "1"), "options": options}


def _refuse_vain(answers: Any) -> None:
    """Refuse a request of whose records none could be answered."""
    notes = answers[COLUMN].tolist() if COLUMN in answers else []
    if notes and all(note.startswith(NO_ANSWER) for note in notes):
        more = f" (nor any of the other {len(notes) - 1})" if notes[1:] else ""
        told = notes[0].removeprefix(NO_ANSWER)
        raise HTTPException(422, f"Record 1 has no answer{more}: {told}.")


def _state(served: Served) -> dict[str, Any]:
    seat = served.champion
    worker = seat.worker if seat.is_ready else None
    return {
        "ready": worker is not None,
        "version": worker and worker.version,
        "pipeline": worker and worker.pipeline,
        "gathers": worker and worker.gathers,
        "problem": seat.problem,
        "trial": _trial(served),
    }


def _trial(served: Served) -> dict[str, Any] | None:
    trial, seat = served.trial, served.challenger
    if trial is None:
        return None
    return {
        "version": trial.version,
        "pipeline": trial.pipeline,
        "share": trial.share,
        "ready": served.can_answer(trial),
        "problem": seat.problem,
    }


async def _told(request: Request, error: Exception) -> JSONResponse:
    """Say in one sentence what was wrong."""
    assert isinstance(error, HTTPException)
    said = {"error": str(error.detail)}
    if number := getattr(request.state, "number", None):
        said["request_id"] = number
    return JSONResponse(said, error.status_code, error.headers)
