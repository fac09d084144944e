"""The life of one confined worker, from the fork to its exit.

Everything up to `Confinement.apply` is our code only; everything after it may be the policy's. For
a program (`Job.reuse` false) the request is received before confinement and every descriptor but
the answer and its bell is closed; for documents the worker keeps its conversation with the service
and serves until that ends.

The bell is the writing end of a pipe: a byte says that the answer is written. A program may ring it
early; then the service reads the answer as it is, as if the program had ended there.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from visual_erm.renderers.job import (
    Drawing,
    Job,
    Rejected,
    unpack_request,
    write_drawing,
    write_exception,
)
from visual_erm.renderers.pages import Pages
from visual_erm.renderers.sandbox import Confinement

PROGRAM = "program.py"
"""File name under which a job compiles the policy's program; tracebacks keep only its frames."""
CONFINED = b"confined"
"""First word of a worker to the service; anything else is an account of why it is not."""
_MORE_THAN_ANY = 1 << 20
Request = tuple[int, ...]
"""Descriptors of the request, of the answer and, for programs, of its bell."""


def become_worker(
    job: Job,
    function: Callable[..., Any],
    confinement: Confinement,
    conversation: int,
    inherited: tuple[int, ...],
    pages: Pages,
) -> NoReturn:
    """Turn a fresh fork of the zygote into a worker; never returns.

    Until it is asked it takes possession of the memory that drawing writes to.
    """
    code = 1
    talk = socket.socket(fileno=conversation)
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        confinement.end_with_zygote()
        _keep_only(conversation, inherited, confinement)
        if job.spares:
            asked = select.poll()
            asked.register(talk, select.POLLIN)
            pages.own(until=lambda: bool(asked.poll(0)))
        first = _receive(talk)
        confinement.apply()
        os.write(talk.fileno(), CONFINED)
        _serve(job, function, confinement, talk, first)
        code = 0
    except EOFError:
        code = 0
    except BaseException:  # noqa: BLE001 - until confined it is our failure, and must be told
        # once a program runs the conversation is closed, so it cannot pretend to be us
        with contextlib.suppress(OSError):
            os.write(talk.fileno(), traceback.format_exc()[-4000:].encode())
    finally:
        # not sys.exit: handlers that a program registered must not run, nor the zygote's
        os._exit(code)


def _keep_only(conversation: int, inherited: tuple[int, ...], confinement: Confinement) -> None:
    """Close everything but the conversation, what confinement needs, and inherited files.

    Inherited files are opened anew: workers must not share a read position.
    """
    keep = {0, 1, 2, conversation, *confinement.descriptors}
    for descriptor in inherited:
        with contextlib.suppress(OSError):
            position = os.lseek(descriptor, 0, os.SEEK_CUR)
            again = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
            os.lseek(again, position, os.SEEK_SET)
            os.dup2(again, descriptor, inheritable=False)
            os.close(again)
            keep.add(descriptor)
    last = -1
    for descriptor in sorted(keep):
        if descriptor > last + 1:  # closerange(0, 0) closes everything
            os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, _MORE_THAN_ANY)


def _serve(
    job: Job,
    function: Callable[..., Any],
    confinement: Confinement,
    talk: socket.socket,
    first: Request,
) -> None:
    request, answer, *bell = first
    if not job.reuse:
        talk.close()
        _draw(job, function, request, answer)
        with contextlib.suppress(OSError):  # a program may have closed it
            os.write(bell[0], b"!")
        return
    while True:
        before = time.process_time()
        confinement.limit_cpu(before)
        _draw(job, function, request, answer)
        os.close(answer)
        os.write(talk.fileno(), repr(time.process_time() - before).encode())
        request, answer = _receive(talk)


def _receive(talk: socket.socket) -> Request:
    message, descriptors, _, _ = socket.recv_fds(talk, 16, 3)
    if not message:
        raise EOFError
    return tuple(descriptors)


def _draw(job: Job, function: Callable[..., Any], request: int, answer: int) -> None:
    """One item; whatever the policy's code raises becomes part of the answer."""
    with open(request, "rb") as file:
        source, options = unpack_request(file.read())
    try:
        drawing = function(source, options)
        if not isinstance(drawing, Drawing):
            raise TypeError(f"{job.target} returned {type(drawing).__name__}, not a Drawing")
        write_drawing(answer, drawing, job.limits.output)
    except Rejected as rejected:
        error = {"code": rejected.code, "message": str(rejected), "detail": rejected.detail}
        write_exception(answer, error)
    except MemoryError:
        write_exception(answer, {"code": "memory", "message": "it needs more memory than allowed"})
    except BaseException as raised:  # noqa: BLE001 - a program may raise anything, even SystemExit
        write_exception(answer, _describe(raised))


def _describe(raised: BaseException) -> dict[str, str]:
    """What was raised, with the frames of the policy's program only."""
    try:
        text = str(raised)
    except BaseException:  # noqa: BLE001 - the program's own __str__ may fail as well
        text = "(no message)"
    kind = type(raised).__name__
    frames = [
        frame
        for frame in traceback.extract_tb(raised.__traceback__, limit=-200)
        if frame.filename == PROGRAM
    ]
    lines = traceback.format_list(frames[-20:])
    if isinstance(raised, SyntaxError) and raised.filename == PROGRAM:
        lines.append(
            f'  File "{PROGRAM}", line {raised.lineno}\n    {(raised.text or "").strip()}\n'
        )
    head = "Traceback (most recent call last):\n" if lines else ""
    return {
        "code": "exit" if isinstance(raised, SystemExit) else "exception",
        "message": f"{kind}: {text}" if text else kind,
        "detail": f"{head}{''.join(lines)}{kind}: {text}",
    }
