"""`verm serve`: the judge as a server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from visual_erm.cli import common


def serve(
    host: Annotated[
        str, typer.Option(metavar="HOST", help="Address to listen on; by default this machine's.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", "-p", metavar="PORT", help="0 takes any that is free.")
    ] = 8000,
    judge: common.JudgeOption = "embedded",
    shaping: Annotated[
        str, typer.Option(metavar="SHAPING", help="graded, fixed or raw.")
    ] = "graded",
    workers: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Samples judged at once; default as for verm score."),
    ] = None,
    queue: Annotated[
        int, typer.Option(metavar="N", help="Samples that wait; the next one is refused with 429.")
    ] = 128,
    deadline: Annotated[
        float, typer.Option(metavar="SECONDS", help="For one request; a client may lower it.")
    ] = 60.0,
    body: Annotated[int, typer.Option(metavar="MIB", help="One request, at most.")] = 32,
    held: Annotated[
        int, typer.Option(metavar="MIB", help="All requests in memory together, at most.")
    ] = 256,
    pixels: Annotated[int, typer.Option(metavar="N", help="One picture, at most.")] = 16_000_000,
    batch: Annotated[
        int, typer.Option(metavar="N", help="Samples of one request; never above --queue.")
    ] = 128,
    grace: Annotated[
        float,
        typer.Option(metavar="SECONDS", help="A stopping server gives to what it has accepted."),
    ] = 30.0,
    token_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Holds the token that clients must send; or set VISUAL_ERM_SERVER_TOKEN.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Another name that a loopback server answers to."),
    ] = None,
    runs: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Show the run folders in it at /report."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print url, judge and shaping as JSON when it listens.")
    ] = False,
) -> None:
    """Serve the judge over HTTP, with a page at /.

    It listens on this machine only, unless told otherwise. The first SIGTERM or Ctrl-C finishes
    what was accepted, the second ends it at once.
    """
    from visual_erm.server import Settings, serve
    from visual_erm.server.settings import MIB, read_token

    serve(
        Settings(
            host=host,
            port=port,
            judge=judge,
            shaping=shaping,
            workers=workers,
            queue=queue,
            deadline=deadline,
            body=body * MIB,
            held=held * MIB,
            pixels=pixels,
            batch=batch,
            grace=grace,
            token=read_token(token_file),
            hosts=tuple(allow_host or ()),
            runs=runs,
        ),
        announce=_print if as_json else None,
    )


def _print(facts: dict[str, str]) -> None:
    common.print_json(facts)
    sys.stdout.flush()
