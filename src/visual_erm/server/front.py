"""The page at `/`: one text with style and script in it, and the examples that it offers.

It shows a result as the report viewer does (`visual_erm.report.view`), with its style and views.
Its policy allows nothing but its own style and script, by hash, and requests to this server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.resources import files

from fastapi import FastAPI, Request, Response

from visual_erm import examples, images, renderers
from visual_erm.errors import BackendError, Fault, UsageError
from visual_erm.report.markup import assets, content_hash, environment
from visual_erm.report.view import LOOK, PARTS
from visual_erm.server.problems import Problem
from visual_erm.types import TASKS


def add(app: FastAPI, *, token: bool) -> None:
    """Add the page and its examples to the routes; `token` says whether clients need one."""
    pictures: dict[str, bytes] = {}
    turn = asyncio.Lock()

    @app.get("/", include_in_schema=False)
    async def front() -> Response:
        text, headers = _page(token)
        return Response(text, media_type="text/html; charset=utf-8", headers=dict(headers))

    @app.get("/examples/{task}/{name}", include_in_schema=False)
    async def example(task: str, name: str) -> dict[str, object]:
        found = _example(f"{task}/{name}")
        attempts = [asdict(attempt) for attempt in found.attempts]
        return {"task": found.task, "title": found.title, "attempts": attempts}

    @app.get("/examples/{task}/{name}/reference.png", include_in_schema=False)
    async def reference(task: str, name: str, request: Request) -> Response:
        found = _example(f"{task}/{name}")
        async with turn:  # drawn once, whoever asks
            if found.id not in pictures:
                pictures[found.id] = await asyncio.to_thread(_drawn, found)
        return Response(pictures[found.id], media_type="image/png")


@cache
def _page(token: bool) -> tuple[str, Mapping[str, str]]:
    style = assets(*LOOK) + _asset("style.css")
    script = assets(*PARTS) + _asset("script.js")
    shelf = [(task, [e for e in examples.load_all(task) if e.short_demo]) for task in TASKS]
    template = environment().from_string(_asset("index.html"))
    text = template.render(style=style, script=script, token=token, tasks=TASKS, examples=shelf)
    policy = (
        f"default-src 'none'; style-src '{content_hash(style)}'; "
        f"script-src '{content_hash(script)}'; img-src data: blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return text, {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}


def _asset(name: str) -> str:
    return files("visual_erm.server").joinpath("page", name).read_text("utf-8")


def _example(identity: str) -> examples.Example:
    try:
        return examples.load(identity)
    except UsageError as error:
        raise Problem(404, "unknown_example", str(error)) from None


def _drawn(example: examples.Example) -> bytes:
    try:
        return images.encode_png(renderers.render(example.reference, task=example.task).image)
    except (Fault, BackendError) as error:
        detail = f"the example cannot be drawn here: {error}"
        raise Problem(503, "backend", detail, kind="infrastructure", stage="render") from None
