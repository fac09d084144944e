"""Run folders as pages, where a server is told of some: /report lists them, /report/NAME is one.

Only run folders that lie in the folder named at the start are shown, by the names that a listing
of it gives; no part of a request becomes a path. The page is the one that `verm report` writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import chain
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse

from visual_erm.errors import InputError
from visual_erm.report import runs, view
from visual_erm.report.markup import assets, content_hash, environment
from visual_erm.server.problems import Problem

MOST = 2000
"""Items of one page; of more, the last ones."""
HTML = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def add(app: FastAPI, folder: Path) -> None:
    """Add the pages of the run folders in `folder`, or of `folder` itself if it is one."""
    turn = asyncio.Lock()  # one piece at a time is made: its pictures are in memory

    @app.get("/report", include_in_schema=False)
    async def listing() -> Response:
        if runs.is_run(folder):
            return await page("")
        names = await asyncio.to_thread(names_in, folder)
        style = assets(*view.LOOK)
        text = environment().get_template("runs.html").render(names=names, style=style)
        policy = POLICY.format(content_hash(style))
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return Response(text, media_type=HTML, headers=headers)

    @app.get("/report/{name}", include_in_schema=False)
    async def page(name: str) -> Response:
        if name and name not in await asyncio.to_thread(names_in, folder):
            raise Problem(404, "unknown_run", "there is no run of that name")
        try:
            async with turn:
                pieces = await asyncio.to_thread(_begun, folder / name if name else folder)
        except InputError as error:
            raise Problem(500, "damaged_run", str(error), kind="infrastructure") from None

        async def sent() -> AsyncIterator[bytes]:
            while True:
                async with turn:  # not while it is sent: a slow reader would hold up all others
                    piece = await asyncio.to_thread(next, pieces, None)
                if piece is None:
                    return
                yield piece.encode("utf-8", "replace")

        # the page brings its own policy, which cannot say this
        headers = {"Content-Security-Policy": "frame-ancestors 'none'", "Cache-Control": "no-store"}
        return StreamingResponse(sent(), media_type=HTML, headers=headers)


def names_in(folder: Path) -> list[str]:
    """The run folders in a folder, the one that was changed last first."""
    found = [path for path in folder.iterdir() if runs.is_run(path)]
    return [path.name for path in sorted(found, key=lambda path: -path.stat().st_mtime)]


def _begun(folder: Path) -> chain[str]:
    """The pieces of a page, the first of them made: what is wrong shows before any is sent."""
    pieces = view.parts(runs.read(folder)[-MOST:], title=folder.resolve().name)
    return chain([next(pieces)], pieces)
