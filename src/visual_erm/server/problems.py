"""What a client is told when there is no result: a problem (RFC 9457), never a score.

The body is `{"type", "title", "status", "detail", "code", "kind"}`; `code` is short and stable,
`kind` says whose doing it was: "request" (the client's), "judge", "infrastructure", or "busy".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel, Field

from visual_erm.types import Failure

Kind = Literal["request", "judge", "infrastructure", "busy"]
MEDIA = "application/problem+json"
BAD_ITEMS = ("bad_item", "reference", "prediction")
"""Codes of the stage "load": what a client sent cannot be read."""
LATE = ("timeout", "deadline", "starved")


class ProblemBody(BaseModel):
    """Why there is no result."""

    type: str
    """Names the sort of problem: `urn:visual-erm:CODE`."""
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    """One sentence."""
    code: str
    """Short and stable, for counting."""
    kind: Kind
    stage: str | None = None
    """Where a fault happened: "load", "render", "judge"."""


class Problem(Exception):
    """Ends a request with an HTTP status and a problem as its body."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        kind: Kind = "request",
        stage: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Keep what is said.

        Args:
            status: HTTP status.
            code: short and stable.
            detail: one sentence.
            kind: whose doing it was.
            stage: where, for faults.
            retry_after: seconds after which the same request may succeed; None says nothing.
        """
        super().__init__(detail)
        self.status, self.code, self.kind = status, code, kind
        self.detail, self.stage, self.retry_after = detail, stage, retry_after

    @classmethod
    def of(cls, failure: Failure) -> Problem:
        """The problem that a fault of a single sample is.

        A picture that cannot be read is 422, a reply without a verdict 502, what took too long
        504, and any other failure of the machinery 503.
        """
        code, detail, stage = failure.code, failure.message, failure.stage
        if stage == "load" and code in BAD_ITEMS:
            return cls(422, code, detail, stage=stage)
        if failure.kind == "judge":
            return cls(502, code, detail, kind="judge", stage=stage)
        if code in LATE:
            return cls(504, code, detail, kind="infrastructure", stage=stage)
        return cls(503, code, detail, kind="infrastructure", stage=stage, retry_after=5)

    def failure(self) -> Failure:
        """The same for one sample of a batch, where the others go on."""
        stage = self.stage or ("load" if self.kind == "request" else "queue")
        return Failure(kind="infrastructure", stage=stage, code=self.code, message=self.detail)

    @property
    def headers(self) -> dict[str, str]:
        """Of the response."""
        headers = {"Cache-Control": "no-store"}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return headers

    def body(self) -> dict[str, Any]:
        """As in `ProblemBody`."""
        content = ProblemBody(
            type=f"urn:visual-erm:{self.code}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            code=self.code,
            kind=self.kind,
            stage=self.stage,
        )
        return content.model_dump(exclude_none=True)

    def encoded(self) -> bytes:
        """The body as it is sent."""
        return json.dumps(self.body(), ensure_ascii=False).encode("utf-8", "replace")


def responses(codes: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """Problems of a route, for its OpenAPI entry; status and when it comes."""
    return {
        code: {
            "description": words,
            "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
        }
        for code, words in codes.items()
    }
