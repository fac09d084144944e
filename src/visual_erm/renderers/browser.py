"""One warm headless Chromium for all that needs a browser: table documents and Plotly figures.

    browser = Browser()
    shot = browser.draw("<!doctype html>...<div id=sheet>...", deadline=20)
    shot = browser.draw_script((plotly_js,), "async figure => {...}", figure, deadline=20)

It starts on first use, serves any number of threads (each on a page of its own, up to `pages`), and
is replaced after `recycle` pictures, above `memory` bytes, when it dies and when it hangs. Nothing
it shows can reach a file or a network: see `devtools` and `browser_host` for the walls, and note
that a document is drawn with scripts disabled. A source that kills or hangs two browsers in a row
is at fault; the first time may be bad luck, so it is tried again.

Recycled and hung browsers are replaced as a whole: whoever else was drawing in one is served again
by the next, without blame.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import hashlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visual_erm import images
from visual_erm.errors import BackendError, InfrastructureFault, PolicyFault
from visual_erm.processors import processors
from visual_erm.renderers.devtools import (
    MISSING,
    CommandFailed,
    Connection,
    ConnectionLost,
    find_browser,
)
from visual_erm.types import Failure

if TYPE_CHECKING:
    from visual_erm.types import Image

MAX_SIDE = 4096
"""Pixels of a picture's longer side; what lies beyond is cut off, and said."""
VIEWPORT = (1280, 1024)
SHEET = "#verm-page"
"""What is photographed of a document."""
_SHEET_SIZE = (
    f"(sheet => [sheet.offsetWidth, sheet.offsetHeight])(document.querySelector({SHEET!r}))"
)
_SCRIPT_PAGE_DRAWS = 200
_CHECK_MEMORY_EVERY = 50
_MARK_SECONDS = 0.2
_BUSY = 0.3
"""Share of the time from which a browser that did not finish had the processor: a slow document."""
_browsers: weakref.WeakSet[Browser] = weakref.WeakSet()


@dataclass(frozen=True)
class Shot:
    """A picture of a page."""

    image: Image
    size: tuple[int, int]
    """Width and height of what was to be drawn; larger than the picture when that was cut."""
    seconds: float
    """Wall time on the page, waiting for a free one not included."""

    @property
    def cut(self) -> bool:
        """Whether something lies beyond `MAX_SIDE`."""
        return max(self.size) > MAX_SIDE


class _PageLost(Exception):
    """The page cannot go on: its browser died, crashed or hangs."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class Browser:
    """A browser that is there when it is needed. Thread-safe; a fork or a pickle starts its own."""

    def __init__(
        self,
        executable: str | Path | None = None,
        *,
        pages: int | None = None,
        recycle: int = 3000,
        memory: int = 2 << 30,
    ) -> None:
        """Keep what is needed; nothing starts before the first picture.

        Args:
            executable: a Chromium; None looks for one (see `devtools.find_browser`).
            pages: most pictures at once. A page mostly waits for the next frame, so more pages
                than processors pay; None takes twice as many, at most 8.
            recycle: pictures after which the browser is replaced.
            memory: bytes, of all its processes, above which it is replaced.
        """
        self._executable = None if executable is None else Path(executable)
        self._pages = pages or min(8, 2 * processors())
        self._recycle = recycle
        self._memory = memory
        self.starts = 0
        """Browsers started so far."""
        self._fresh()
        if not _browsers:
            atexit.register(close_browsers)
            os.register_at_fork(after_in_child=_after_fork)
        _browsers.add(self)

    def _fresh(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(self._pages)
        self._engine: _Engine | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {
            "executable": self._executable,
            "pages": self._pages,
            "recycle": self._recycle,
            "memory": self._memory,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    @property
    def version(self) -> str:
        """For example "Chrome/156.0.8078.79"; starts the browser.

        Raises:
            BackendError: there is none, or it does not start.
        """
        return self._started().connection.version

    def draw(self, document: str, *, deadline: float = 20.0) -> Shot:
        """Draw the element `#sheet` of an HTML document, with scripts disabled.

        Args:
            document: HTML of ours, made from a sanitised source.
            deadline: seconds of wall time from the moment a page is free.

        Raises:
            PolicyFault: it hangs or crashes two browsers in a row.
            InfrastructureFault: the machine is too busy.
            BackendError: no browser, or it does not start.
        """
        return self._attempt("", (), lambda page, until: page.draw(document, until), deadline)

    def draw_script(
        self,
        libraries: Sequence[str],
        function: str,
        argument: Any,
        *,
        deadline: float = 20.0,
    ) -> Shot:
        """Draw what a JavaScript function of ours makes of an argument.

        Args:
            libraries: scripts of ours, run once per page before the function.
            function: JavaScript source of ours, `async (argument) => ...`; it returns a PNG as a
                data URI, or `{"width": w, "height": h}` of the page's top left corner to be shot.
            argument: JSON-able data of the policy's; it is passed, never pasted into a script.
            deadline: seconds of wall time from the moment a page is free.

        Raises:
            PolicyFault: the function throws, or hangs or crashes two browsers in a row.
            InfrastructureFault: the machine is too busy.
            BackendError: no browser, or it does not start.
        """
        hashed = hashlib.sha256("\0".join(libraries).encode()).hexdigest()
        return self._attempt(
            hashed, libraries, lambda page, until: page.run(function, argument, until), deadline
        )

    def close(self) -> None:
        """End the browser; the next picture starts a new one."""
        if self._pid != os.getpid():
            return
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def _attempt(
        self,
        kind: str,
        libraries: Sequence[str],
        use: Callable[[_Page, float], Shot],
        deadline: float,
    ) -> Shot:
        if self._pid != os.getpid():
            self._fresh()
        with self._slots:
            left, blamed = deadline, 0
            for _ in range(8):
                engine = self._started()
                started, mark = time.monotonic(), engine.mark()
                # the first try leaves time for a second one in a fresh browser
                until = started + (left if blamed else 0.6 * left)
                try:
                    with engine.page(kind, libraries, until) as page:
                        shot = use(page, until)
                    self._retire(engine)
                    return shot
                except _PageLost as lost:
                    innocent = engine.retired
                    spent = time.monotonic() - started
                    starved = not engine.connection.lost and engine.starved(mark)
                    self._drop(engine)
                    if not innocent:
                        left -= spent
                        blamed += 1
                    if blamed == 2 or left <= 0:
                        raise _fault(lost.how, starved) from None
        raise _fault("the browser keeps dying", starved=False)

    def _started(self) -> _Engine:
        if self._pid != os.getpid():
            self._fresh()
        with self._lock:
            if self._engine is None or self._engine.connection.lost:
                executable = self._executable or find_browser()
                if executable is None:
                    raise BackendError(MISSING)
                if self._engine is not None:
                    self._engine.close()
                self._engine = _Engine(Connection(executable))
                self.starts += 1
            return self._engine

    def _drop(self, engine: _Engine) -> None:
        """Replace a browser that hangs or died; who draws in it is served again."""
        with self._lock:
            engine.retired = True
            if self._engine is engine:
                self._engine = None
        engine.close()

    def _retire(self, engine: _Engine) -> None:
        """Replace a browser that has served long enough, once the last page in it is done."""
        count = engine.count()
        old = count >= self._recycle or (
            count % _CHECK_MEMORY_EVERY == 0 and engine.memory() > self._memory
        )
        if not old and not engine.leaving:
            return
        with self._lock:
            engine.leaving = True
            if self._engine is engine:
                self._engine = None
            idle = engine.busy == 0 and not engine.retired
            engine.retired = engine.retired or idle
        if idle:
            engine.close()


class _Engine:
    """One running browser with its pages."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.retired = False
        """Whether we ended it ourselves."""
        self.leaving = False
        """Whether it takes no more work and ends with its last page."""
        self.busy = 0
        self._served = 0
        self._mark = float("-inf"), 0.0
        self._processes = descendants(connection.pid)
        self._lock = threading.Lock()
        self._idle: dict[str, list[_Page]] = {}

    def count(self) -> int:
        """Pictures served, with the one that was just served."""
        with self._lock:
            self._served += 1
            return self._served

    @contextlib.contextmanager
    def page(self, kind: str, libraries: Sequence[str], until: float) -> Iterator[_Page]:
        """A page of a kind, for one picture."""
        with self._lock:
            self.busy += 1
            idle = self._idle.get(kind)
            page = idle.pop() if idle else None
        try:
            with _losses():
                if page is None:
                    page = _Page(self.connection, libraries, until)
                    self._processes = descendants(self.connection.pid)
                yield page
                page.served += 1
                if kind and page.served >= _SCRIPT_PAGE_DRAWS:
                    page.close(until)
                    return
        except (PolicyFault, InfrastructureFault):
            # what is left on a page whose script failed is not known
            if page is not None:
                with contextlib.suppress(ConnectionLost, CommandFailed, FutureTimeoutError):
                    page.close(until)
            raise
        finally:
            with self._lock:
                self.busy -= 1
        with self._lock:
            self._idle.setdefault(kind, []).append(page)

    def mark(self) -> tuple[float, float]:
        """A moment not long ago, and the processor time used until then.

        To look for all processes takes as long as drawing a small table, hence not every time.
        """
        if time.monotonic() - self._mark[0] > _MARK_SECONDS:
            self._mark = time.monotonic(), self._cpu_seconds()
        return self._mark

    def starved(self, mark: tuple[float, float]) -> bool:
        """Whether the browser hardly got the processor since that moment."""
        moment, used = mark
        self._processes = descendants(self.connection.pid)
        return self._cpu_seconds() - used <= _BUSY * (time.monotonic() - moment)

    def _cpu_seconds(self) -> float:
        """Processor time of the living processes."""
        tick = os.sysconf("SC_CLK_TCK")
        return sum((int(f[11]) + int(f[12])) / tick for f in self._stats("stat"))

    def memory(self) -> int:
        """Bytes that the processes hold and do not share with others."""
        page = os.sysconf("SC_PAGESIZE")
        self._processes = descendants(self.connection.pid)
        return sum((int(f[1]) - int(f[2])) * page for f in self._stats("statm"))

    def _stats(self, name: str) -> Iterator[list[str]]:
        for pid in self._processes:
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{pid}/{name}").read_text()
                yield text.rpartition(")")[2].split()

    def close(self) -> None:
        """End the browser."""
        self.retired = True
        self.connection.close()


class _Page:
    """One tab in a browser context of its own, emptied by each new document."""

    def __init__(self, connection: Connection, libraries: Sequence[str], until: float) -> None:
        self._connection = connection
        self.served = 0
        self._crashed = False
        self._until = until
        self._session = ""
        self._context = self._call("Target.createBrowserContext", disposeOnDetach=True)[
            "browserContextId"
        ]
        target = self._call(
            "Target.createTarget", url="about:blank", browserContextId=self._context
        )["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        connection.listen(self._session, self._event)
        self._prepare(scripts=bool(libraries))
        for library in libraries:
            self._evaluate(library)

    def _prepare(self, *, scripts: bool) -> None:
        self._call("Page.enable")
        self._call("Inspector.enable")
        self._call("Network.enable")
        self._call("Network.setBlockedURLs", urls=["*"])
        self._call(
            "Network.emulateNetworkConditions",
            **{"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0},
        )
        self._call("Browser.setDownloadBehavior", behavior="deny")
        self._call("Emulation.setScriptExecutionDisabled", value=not scripts)
        width, height = VIEWPORT
        self._call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        # animations and transitions that a document might bring stand still
        self._call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-reduced-motion", "value": "reduce"}],
        )
        self._frame = self._call("Page.getFrameTree")["frameTree"]["frame"]["id"]

    def _event(self, method: str, _: dict[str, Any]) -> None:
        if method == "Inspector.targetCrashed":
            self._crashed = True
            # nothing more will be answered; the browser is replaced, crash reports are not read
            threading.Thread(target=self._connection.close, daemon=True).start()

    def _call(self, method: str, **parameters: Any) -> Any:
        return self._result(self._send(method, **parameters))

    def _send(self, method: str, **parameters: Any) -> Future[Any]:
        session = "" if method.startswith(("Target.", "Browser.")) else self._session
        return self._connection.send(method, parameters, session)

    def _result(self, answer: Future[Any]) -> Any:
        return answer.result(max(0.0, self._until - time.monotonic()))

    def draw(self, document: str, until: float) -> Shot:
        """A picture of the sheet of a document."""
        self._until = until
        started = time.monotonic()
        shown = self._send("Page.setDocumentContent", frameId=self._frame, html=document)
        # ours, so it runs although the document's scripts may not; commands keep their order
        sized = self._send("Runtime.evaluate", expression=_SHEET_SIZE, returnByValue=True)
        self._result(shown)
        width, height = self._result(sized)["result"]["value"]
        return self._shoot(width, height, started)

    def run(self, function: str, argument: Any, until: float) -> Shot:
        """A picture of what a script made."""
        self._until = until
        started = time.monotonic()
        scope = self._call("Runtime.evaluate", expression="globalThis")["result"]["objectId"]
        reply = self._call(
            "Runtime.callFunctionOn",
            functionDeclaration=function,
            objectId=scope,
            arguments=[{"value": argument}],
            awaitPromise=True,
            returnByValue=True,
        )
        self._raise_if_thrown(reply)
        made = reply["result"].get("value")
        if isinstance(made, str) and made.startswith("data:image/png;base64,"):
            image = images.load(base64.b64decode(made.partition(",")[2]), name="the figure")
            return Shot(image, (image.shape[1], image.shape[0]), time.monotonic() - started)
        if isinstance(made, dict) and {"width", "height"} <= set(made):
            return self._shoot(int(made["width"]), int(made["height"]), started)
        raise PolicyFault(_failure("bad_output", "the script drew no picture"))

    def _evaluate(self, script: str) -> None:
        self._raise_if_thrown(self._call("Runtime.evaluate", expression=script))

    def _raise_if_thrown(self, reply: dict[str, Any]) -> None:
        if thrown := reply.get("exceptionDetails"):
            text = thrown.get("exception", {}).get("description") or thrown.get("text", "")
            first = str(text).partition("\n")[0][:300]
            raise PolicyFault(_failure("exception", f"the drawing script stopped: {first}"))

    def _shoot(self, width: int, height: int, started: float) -> Shot:
        clip = {"x": 0, "y": 0, "scale": 1}
        clip |= {"width": max(1, min(width, MAX_SIDE)), "height": max(1, min(height, MAX_SIDE))}
        beyond = clip["width"] > VIEWPORT[0] or clip["height"] > VIEWPORT[1]
        encoded = self._call(
            "Page.captureScreenshot",
            format="png",
            optimizeForSpeed=True,
            clip=clip,
            captureBeyondViewport=beyond,
        )["data"]
        image = images.load(base64.b64decode(encoded), name="the page")
        return Shot(image, (width, height), time.monotonic() - started)

    def close(self, until: float) -> None:
        """Close the tab and forget its context."""
        self._until = until
        self._connection.listen(self._session, None)
        self._call("Target.disposeBrowserContext", browserContextId=self._context)


@contextlib.contextmanager
def _losses() -> Iterator[None]:
    """Turn the ways in which a page gets lost into one."""
    try:
        yield
    except FutureTimeoutError:
        raise _PageLost("it was not drawn in time") from None
    except ConnectionLost:
        raise _PageLost("the browser that drew it ended") from None
    except CommandFailed as error:
        raise _PageLost(f"the browser refused: {error}") from None


def _fault(how: str, starved: bool) -> PolicyFault | InfrastructureFault:
    """Whose fault it is that no picture came: ours if the browser did not get the processor."""
    timeout = how.endswith("in time")
    if timeout and starved:
        return InfrastructureFault(_failure("starved", f"{how}: the machine is overloaded"))
    return PolicyFault(_failure("timeout" if timeout else "crash", how))


def _failure(code: str, message: str) -> Failure:
    return Failure(kind="infrastructure", stage="render", code=code, message=f"browser: {message}")


def descendants(pid: int) -> list[int]:
    """The living processes below `pid`, itself included."""
    found, frontier = [], [pid]
    while frontier:
        current = frontier.pop()
        found.append(current)
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{current}/task").iterdir():
                frontier += map(int, (thread / "children").read_text().split())
    return found


def close_browsers() -> None:
    """End every browser that this process started."""
    for browser in list(_browsers):
        browser.close()


def _after_fork() -> None:
    for browser in list(_browsers):
        if browser._engine is not None:
            browser._engine.connection.forget()
        browser._fresh()
