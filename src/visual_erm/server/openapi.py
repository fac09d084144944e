"""The server's OpenAPI document: bodies that FastAPI does not read itself, problems, examples."""

from __future__ import annotations

import base64
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from visual_erm import images
from visual_erm.server import wire
from visual_erm.server.problems import ProblemBody, responses
from visual_erm.server.settings import Settings

DESCRIPTION = (
    "Compares pictures of charts, tables and drawings with their references, says what differs, "
    "and makes a reward of it. A fault is a problem (RFC 9457) and never a score."
)
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='48' height='48'>{}</svg>"
_COMMON = {
    400: "The body cannot be read.",
    401: "No token, or another one.",
    403: "From a page of another site.",
    408: "The body did not arrive in time.",
    413: "More than this server takes.",
    415: "Neither JSON nor a form.",
    421: "Another host name than this server's.",
    422: "A field is missing, or a picture cannot be read.",
    429: "The queue is full: come again after Retry-After seconds.",
    502: "The judge's reply holds no verdict.",
    503: "Stopping, or a part of the machinery is missing or down.",
    504: "No result by the deadline.",
}
WITH_TOKEN = responses({code: _COMMON[code] for code in (401, 403, 421)})
METRICS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
    **WITH_TOKEN,
}
NOT_READY: dict[int | str, dict[str, Any]] = {503: {"model": wire.State}}
_BODIES: tuple[type[BaseModel], ...] = (
    wire.JudgeRequest,
    wire.ScoreRequest,
    wire.BatchRequest,
    wire.RemoteRewardRequest,
    ProblemBody,
)


def route(
    body: type[BaseModel], result: type[BaseModel], *, form: bool = False, lines: bool = False
) -> dict[str, Any]:
    """Arguments for a FastAPI route that reads its body itself.

    Args:
        body: what is posted.
        result: what comes back.
        form: whether the body may be a multipart form with files.
        lines: whether results come as lines of JSON.
    """
    reference = {"schema": {"$ref": f"#/components/schemas/{body.__name__}"}}
    content = {"application/json": reference}
    if form:
        content["multipart/form-data"] = {"schema": _form(body)}
    problems = responses(_COMMON)
    extra = {"requestBody": {"required": True, "content": content}}
    if not lines:
        return {"responses": {200: {"model": result}, **problems}, "openapi_extra": extra}
    schema = {"schema": {"$ref": f"#/components/schemas/{result.__name__}"}}
    lined = {"description": "A result a line.", "content": {"application/x-ndjson": schema}}
    return {
        "responses": {200: lined, **problems},
        "openapi_extra": extra,
        "response_class": Response,
    }


def schema(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """The document, made once for an application."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        parts = document.setdefault("components", {})
        schemas = parts.setdefault("schemas", {})
        _, own = models_json_schema(
            [(model, "validation") for model in _BODIES],
            ref_template="#/components/schemas/{model}",
        )
        schemas.update(own["$defs"])
        schemas["BatchRequest"]["properties"]["items"]["maxItems"] = settings.longest_batch
        _add_examples(document)
        _add_security(document, settings)
        app.openapi_schema = document
    return app.openapi_schema


def _form(body: type[BaseModel]) -> dict[str, Any]:
    """The same fields in a form: pictures are files, everything else is text."""
    plain = body.model_json_schema()
    fields: dict[str, Any] = {}
    for name, field in plain["properties"].items():
        if field.get("format") == "picture":
            fields[name] = {"type": "string", "format": "binary"}
        elif name == "rendering":
            fields[name] = {"type": "string", "enum": ["true", "false"]}
        elif name == "deadline":
            fields[name] = {"type": "number", "exclusiveMinimum": 0}
        elif name == "id":
            fields[name] = {"type": "string", "maxLength": 256}
        else:
            fields[name] = {"type": "string"} if name == "completion" else field
    either = [choice["required"][0] for choice in plain.get("oneOf", ())]
    forms = []
    for chosen in either or [None]:
        own = {name: f for name, f in fields.items() if name == chosen or name not in either}
        needed = [*plain["required"], *([chosen] if chosen else [])]
        forms.append(
            {
                "type": "object",
                "properties": own,
                "required": needed,
                "additionalProperties": False,
            }
        )
    return forms[0] if len(forms) == 1 else {"oneOf": forms}


def _add_examples(document: dict[str, Any]) -> None:
    reference, prediction = _square(8), _square(14)
    source = SVG.format("<rect x='8' y='8' width='20' height='20' fill='teal'/>")
    sample = {"task": "svg", "reference": reference, "source": source}
    query = f"<|im_start|>assistant\n```svg\n{source}\n```<|im_end|>"
    examples = {
        "/v1/judge": {"task": "svg", "reference": reference, "prediction": prediction},
        "/v1/score": {**sample, "rendering": True},
        "/v1/batch": {"items": [{**sample, "id": "one"}, {**sample, "id": "two"}]},
        "/openrlhf/{task}": {"query": [query], "prompts": [""], "labels": [reference]},
    }
    for path, value in examples.items():
        if path in document["paths"]:
            content = document["paths"][path]["post"]["requestBody"]["content"]
            content["application/json"]["examples"] = {"small": {"value": value}}


def _add_security(document: dict[str, Any], settings: Settings) -> None:
    if not settings.token:
        return
    scheme = {"type": "http", "scheme": "bearer"}
    document["components"]["securitySchemes"] = {"token": scheme}
    for path, operations in document["paths"].items():
        if path not in ("/", "/health", "/ready"):
            for operation in operations.values():
                operation["security"] = [{"token": []}]


def _square(corner: int) -> str:
    """A small picture in base64."""
    picture = images.blank(48, 48)
    picture[corner : corner + 20, corner : corner + 20] = (0, 128, 128)
    return base64.b64encode(images.encode_png(picture)).decode()
