"""Run a program as `python program.py` would, and say in plain words why it failed.

Only ever called inside a confined child. The program is `__main__`, with empty arguments, no input
and output that goes nowhere. Nothing in its text is rewritten; of its last statement, if that is an
expression, the value is kept, as a notebook would show it.

Every failure gets a code: `syntax_error`, `exception`, `missing_module`, `network`, `memory`,
`too_large`, `exit`. `timeout` and `crash` are found by the service, `no_figure` by `capture`. The
detail is a traceback that names lines of `program.py` only, which a model can repair from.
"""

from __future__ import annotations

import ast
import atexit
import io
import linecache
import logging
import os
import socket
import sys
import threading
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from visual_erm.renderers.chart_patches import Patches
from visual_erm.renderers.job import Rejected
from visual_erm.renderers.worker import PROGRAM

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_NETWORK_PACKAGES = frozenset(
    {"urllib", "urllib3", "requests", "http", "httpx", "httpcore", "aiohttp", "ssl", "ftplib"}
)
_MOST_FRAMES = 12


class _Discard(io.RawIOBase):
    """Takes everything, keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, content: ReadableBuffer) -> int:
        return memoryview(content).nbytes


class _PipeEnd:
    """One end of a pipe, as far as an `asyncio` loop uses its pair of sockets to wake itself.

    The confinement allows no sockets, not even a pair that is connected to itself.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def setblocking(self, flag: bool) -> None:
        os.set_blocking(self._descriptor, flag)

    def recv(self, size: int) -> bytes:
        return os.read(self._descriptor, size)

    def send(self, content: bytes) -> int:
        return os.write(self._descriptor, content)

    def close(self) -> None:
        os.close(self._descriptor)


def _pipe_pair(*_: Any, **__: Any) -> tuple[_PipeEnd, _PipeEnd]:
    reader, writer = os.pipe()
    return _PipeEnd(reader), _PipeEnd(writer)


class Program:
    """One program: its module, and what it left behind."""

    def __init__(self, source: bytes, *, note: Callable[[str], None]) -> None:
        self.source = source
        self.module = types.ModuleType("__main__")
        self.last_value: Any = None
        """Value of the last statement, if it is an expression."""
        self._note = note
        self._at_exit: list[tuple[Callable[..., Any], Any, Any]] = []

    def run(self, patches: Patches) -> Rejected | None:
        """Run it to its end; None, or why it failed."""
        self._surround(patches)
        try:
            tree = ast.parse(self.source, PROGRAM)
            code, last = _split(tree)
        except SyntaxError as error:
            return _syntax_fault(error)
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            reason = str(error) or "its expressions are nested too deeply"
            return Rejected("syntax_error", f"the program cannot be read: {reason}")
        try:
            try:
                exec(code, self.module.__dict__)  # noqa: S102 - what this module is for
                if last is not None:
                    self.last_value = eval(last, self.module.__dict__)  # noqa: S307 - see above
            finally:
                self._wind_up()
        except SystemExit as error:
            if error.code in (None, 0, False):
                return None
            return Rejected("exit", f"the program exits with {str(error.code)[:200]!r}")
        except BaseException as error:  # noqa: BLE001 - a program may raise anything at all
            return fault_of(error)
        return None

    def _surround(self, patches: Patches) -> None:
        """What a program finds around it: its own module, arguments, input, output."""
        text = self.source.decode("utf-8", "replace")
        linecache.cache[PROGRAM] = (len(text), None, text.splitlines(keepends=True), PROGRAM)
        self.module.__dict__.update(__file__=PROGRAM, __builtins__=__builtins__)
        patches.put(sys, "argv", [PROGRAM])
        patches.put(sys, "stdin", io.StringIO(""))
        for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
            stream = io.TextIOWrapper(io.BufferedWriter(_Discard()), encoding="utf-8")
            patches.put(sys, name, stream)
        patches.put(logging, "lastResort", None)
        patches.put(warnings, "showwarning", self._show_warning)
        patches.put(atexit, "register", self._register)
        patches.put(socket, "socketpair", _pipe_pair)
        patches.put_item(sys.modules, "__main__", self.module)

    def _show_warning(self, message: Any, category: Any, *_: Any, **__: Any) -> None:
        text = str(message)
        if "missing from" in text and "lyph" in text:
            self._note(text.splitlines()[0])

    def _register(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        self._at_exit.append((function, args, kwargs))
        return function

    def _wind_up(self) -> None:
        """As the interpreter ends: wait for threads, then run what was registered."""
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
        while self._at_exit:
            function, args, kwargs = self._at_exit.pop()
            function(*args, **kwargs)


def _split(tree: ast.Module) -> tuple[types.CodeType, types.CodeType | None]:
    """The program, and its last statement if that is an expression other than a docstring."""
    last = None
    if len(tree.body) > 1 and isinstance(tree.body[-1], ast.Expr):
        statement = tree.body.pop()
        assert isinstance(statement, ast.Expr)
        last = compile(ast.Expression(statement.value), PROGRAM, "eval", dont_inherit=True)
    return compile(tree, PROGRAM, "exec", dont_inherit=True), last


def _syntax_fault(error: SyntaxError) -> Rejected:
    line = (error.text or "").strip()
    where = "" if error.lineno is None else f"line {error.lineno}: "
    message = f"{where}{error.msg}"
    if line.startswith(("%", "!")):
        message = f"line {error.lineno}: {line[:60]!r} is a notebook command, not Python"
    marker = ""
    if error.offset and error.text:
        margin = len(error.text) - len(error.text.lstrip())
        marker = f"    {' ' * max(0, error.offset - 1 - margin)}^\n"
    detail = f'  File "{PROGRAM}", line {error.lineno}\n    {line[:400]}\n{marker}'
    return Rejected("syntax_error", message, f"{detail}{type(error).__name__}: {error.msg}")


def fault_of(error: BaseException) -> Rejected:
    """A failure of the program's as code, sentence and cleaned traceback."""
    if isinstance(error, Rejected):
        return error
    detail, line = _cleaned(error)
    where = f"line {line}: " if line else ""
    if isinstance(error, SyntaxError) and error.filename == PROGRAM:
        return _syntax_fault(error)
    if isinstance(error, MemoryError):
        return Rejected("memory", f"{where}it needs more memory than allowed", detail)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return Rejected(
            "missing_module", f'{where}the module "{error.name}" is not installed here', detail
        )
    if any(_is_network(link) for link in _chain(error)):
        message = f"{where}the program needs the network, which it does not have"
        return Rejected("network", f"{message}; put the data into the program", detail)
    if isinstance(error, EOFError):
        return Rejected("exception", f"{where}input() has nobody to answer it", detail)
    return Rejected("exception", f"{where}{_headline(error)}", detail)


def _headline(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - the program's own __str__ may fail as well
        text = ""
    kind = type(error).__name__
    return f"{kind}: {text[:2000]}" if text else kind


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(8):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _is_network(error: BaseException) -> bool:
    from urllib.error import URLError

    if isinstance(error, (URLError, socket.gaierror, ConnectionError)):
        return True
    if type(error).__module__.partition(".")[0] in _NETWORK_PACKAGES:
        return True
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    return isinstance(error, OSError) and any(f.filename == socket.__file__ for f in frames)


def _cleaned(error: BaseException) -> tuple[str, int | None]:
    """The traceback with frames of the program only, and the line it names last."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__, limit=-400)
        if frame.filename == PROGRAM
    ]
    if len(frames) > _MOST_FRAMES:
        half = _MOST_FRAMES // 2
        frames = frames[:half] + frames[-half:]
    lines = "".join(traceback.format_list(frames))
    head = "Traceback (most recent call last):\n" if lines else ""
    line = frames[-1].lineno if frames else None
    return f"{head}{lines}{_headline(error)}", line
