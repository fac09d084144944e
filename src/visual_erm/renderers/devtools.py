"""A headless Chromium on a leash, and the DevTools protocol through two pipes.

No port and no socket is opened: the browser reads commands from descriptor 3 and writes to 4, so
that nobody else on the machine can drive it. It runs below `browser_host`, which confines it and
cleans up after it even when this process is killed. This module knows processes and messages;
`visual_erm.renderers.browser` knows pages and pictures.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import cache
from pathlib import Path
from typing import Any

from visual_erm import fonts
from visual_erm.errors import BackendError

VARIABLE = "VISUAL_ERM_BROWSER"
_NAMES = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
_WRAPPED = {"chromium": "/usr/lib/chromium/chromium"}
"""Debian's launcher is a shell script that reads settings from /etc; the program stands here."""
_PLAYWRIGHT = (
    "chromium_headless_shell-*/chrome-linux*/headless_shell",
    "chromium_headless_shell-*/chrome-headless-shell-linux*/chrome-headless-shell",
    "chromium-*/chrome-linux*/chrome",
)
MISSING = (
    "no Chromium was found. Install one (Debian: apt install chromium; "
    f"or: npm install @sparticuz/chromium), or name it in the variable {VARIABLE}"
)
_FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-gpu",
    # small pictures: one thread paints as fast as four, and costs less
    "--disable-gpu-compositing",
    "--disable-software-rasterizer",
    "--num-raster-threads=1",
    "--in-process-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-zygote",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-file-system",
    "--disable-lcd-text",
    "--disable-remote-fonts",
    "--disable-sync",
    "--disable-webgl",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,"
    "AutofillServerCommunication,CertificateTransparencyComponentUpdater,NetworkTimeServiceQuerying",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
    "--lang=en-US",
    "--log-level=3",
)
_READABLE = (
    *("/usr", "/lib", "/lib64", "/bin", "/opt", "/proc", "/sys/devices"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd", "/etc/ssl"),
    *("/etc/alternatives", "/dev/urandom", "/dev/random", "/dev/zero"),
)
_START_SECONDS = 60.0
_PUSH_SECONDS = 10


class ConnectionLost(Exception):
    """The browser ended, or was ended."""


class CommandFailed(Exception):
    """The browser refused a command."""


@cache
def find_browser() -> Path | None:
    """The browser that would be used, or None.

    In order: the variable `VISUAL_ERM_BROWSER`, programs on the path, Playwright's cache, the npm
    package @sparticuz/chromium (of this folder, then global).

    Raises:
        BackendError: the variable names something that cannot be run.
    """
    if named := os.environ.get(VARIABLE):
        found = shutil.which(named)
        if found is None:
            raise BackendError(f"{VARIABLE}={named} cannot be run; name a Chromium executable")
        return Path(found)
    return next((path for path in _candidates() if os.access(path, os.X_OK)), None)


def _candidates() -> Iterator[Path]:
    for name in _NAMES:
        if found := shutil.which(name):
            wrapped = _WRAPPED.get(name)
            yield Path(wrapped) if wrapped and os.access(wrapped, os.X_OK) else Path(found)
    cache_folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or "~/.cache/ms-playwright"
    for pattern in _PLAYWRIGHT:
        yield from sorted(Path(cache_folder).expanduser().glob(pattern), reverse=True)
    unpacked = _unpacked_from_npm()
    if unpacked is not None:
        yield unpacked


def _unpacked_from_npm() -> Path | None:
    """The program inside the npm package @sparticuz/chromium, unpacked once into the cache."""
    node = shutil.which("node")
    if node is None:
        return None
    roots = [Path.cwd() / "node_modules", Path("/usr/lib/node_modules")]
    roots.append(Path("/usr/local/lib/node_modules"))
    for packed in (root / "@sparticuz/chromium/bin/chromium.br" for root in roots):
        if not packed.is_file():
            continue
        base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
        target = base / "visual-erm" / f"chromium-{packed.stat().st_size}"
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(f".{os.getpid()}")
            program = (
                "const [i, o] = process.argv.slice(1); const fs = require('fs');"
                "fs.writeFileSync(o, require('zlib').brotliDecompressSync(fs.readFileSync(i)));"
            )
            unpack = [node, "-e", program, str(packed), str(part)]
            if subprocess.run(unpack, check=False, capture_output=True).returncode:  # noqa: S603
                continue
            part.chmod(0o755)
            part.replace(target)
        return target
    return None


class Connection:
    """One running browser. Thread-safe; `close` ends it and everything that it started."""

    def __init__(self, executable: Path) -> None:
        """Start the browser.

        Raises:
            BackendError: it does not start.
        """
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[Any]] = {}
        self._listeners: dict[str, Callable[[str, dict[str, Any]], None]] = {}
        self._number = 0
        self._lost = False
        self.version = ""
        # inside its user namespace the browser has rights of its own; root has to do without
        attempts = (False,) if os.geteuid() == 0 else (True, False)
        for sandbox in attempts:
            if self._start(executable, sandbox):
                return
        raise BackendError(f"{executable} does not start: {self._log[-600:] or 'no message'}")

    def _start(self, executable: Path, sandbox: bool) -> bool:
        self._lost = False
        self._log = ""
        self._profile = Path(tempfile.mkdtemp(prefix="verm-browser-"))
        started: Future[None] = Future()
        # the browser dies with the thread that started it, so that thread is the one which reads
        self._reader = threading.Thread(
            target=self._run, args=(executable, sandbox, started), daemon=True, name="browser"
        )
        self._reader.start()
        try:
            started.result(_START_SECONDS)
            self.version = str(
                self.call("Browser.getVersion", {}, seconds=_START_SECONDS)["product"]
            )
        except (ConnectionLost, OSError, FutureTimeoutError) as error:
            self._log = self._read_log() or f"{type(error).__name__} {error}"
            self.close()
            return False
        return True

    def _read_log(self) -> str:
        with contextlib.suppress(OSError):
            return (self._profile / "log").read_text(errors="replace").strip()
        return ""

    def _run(self, executable: Path, sandbox: bool, started: Future[None]) -> None:
        try:
            commands, self._write = os.pipe()
            os.set_blocking(self._write, False)
            self._read_end, answers = os.pipe()
            self._host = self._spawn(executable, sandbox, commands, answers)
        except OSError as error:
            started.set_exception(error)
            return
        os.close(commands)
        os.close(answers)
        started.set_result(None)
        try:
            self._read(self._read_end)
        finally:
            os.close(self._read_end)
            self._lose()

    def _spawn(
        self, executable: Path, sandbox: bool, commands: int, answers: int
    ) -> subprocess.Popen[bytes]:
        profile = self._profile
        folders = [str(folder) for folder in fonts.font_directories()]
        (profile / "tmp").mkdir()
        (profile / "fonts.conf").write_text(fonts.fontconfig(profile))
        extra = [] if sandbox else ["--no-sandbox"]
        order = {
            "parent": os.getpid(),
            "profile": str(profile),
            "reads": commands,
            "writes": answers,
            "command": [
                str(executable),
                *_FLAGS,
                *extra,
                f"--user-data-dir={profile}/data",
                "about:blank",
            ],
            "environment": {
                "HOME": str(profile),
                "TMPDIR": str(profile / "tmp"),
                "PATH": "/usr/bin:/bin",
                "LC_ALL": "C.UTF-8",
                "TZ": "UTC",
                "FONTCONFIG_FILE": str(profile / "fonts.conf"),
                **{k: os.environ[k] for k in ("LD_LIBRARY_PATH",) if k in os.environ},
            },
            "readable": [*_READABLE, *folders, str(executable.resolve().parent)],
            # the browser's own sandbox writes the maps of its user namespace below /proc
            "writable": [str(profile), "/dev/null", *(["/proc"] if sandbox else [])],
        }
        host = Path(__file__).with_name("browser_host.py")
        return subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-I", "-S", str(host), json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin"},
            cwd="/",
            pass_fds=(commands, answers),
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Process id of the host, above the browser's processes."""
        return self._host.pid

    @property
    def lost(self) -> bool:
        """Whether the browser is gone."""
        return self._lost

    def listen(self, session: str, listener: Callable[[str, dict[str, Any]], None] | None) -> None:
        """Call `listener(method, parameters)` for a session's events, in the reading thread."""
        if listener is None:
            self._listeners.pop(session, None)
        else:
            self._listeners[session] = listener

    def send(self, method: str, parameters: dict[str, Any], session: str = "") -> Future[Any]:
        """Send a command; the future holds its result.

        Raises:
            ConnectionLost: the browser is gone.
        """
        future: Future[Any] = Future()
        with self._lock:
            if self._lost:
                raise ConnectionLost
            self._number += 1
            message = {"id": self._number, "method": method, "params": parameters}
            if session:
                message["sessionId"] = session
            self._waiting[self._number] = future
            try:
                self._push(json.dumps(message).encode() + b"\0")
            except OSError:
                raise ConnectionLost from None
        return future

    def _push(self, content: bytes) -> None:
        """Write all; a browser that hangs does not read, and must not hang us too."""
        poll = select.poll()
        poll.register(self._write, select.POLLOUT)
        while content:
            if not poll.poll(_PUSH_SECONDS * 1000):
                raise ConnectionLost
            with contextlib.suppress(BlockingIOError):
                content = content[os.write(self._write, content) :]

    def call(
        self, method: str, parameters: dict[str, Any], session: str = "", *, seconds: float
    ) -> Any:
        """Send a command and wait for its result.

        Raises:
            ConnectionLost: the browser is gone.
            CommandFailed: it refused.
            TimeoutError: no answer came in `seconds`.
        """
        return self.send(method, parameters, session).result(max(0.0, seconds))

    def _read(self, descriptor: int) -> None:
        parts: list[bytes] = []
        while chunk := os.read(descriptor, 1 << 18):
            *whole, rest = chunk.split(b"\0")
            for end in whole:
                self._dispatch(json.loads(b"".join((*parts, end))))
                parts.clear()
            parts.append(rest)

    def _dispatch(self, message: dict[str, Any]) -> None:
        if "id" not in message:
            listener = self._listeners.get(message.get("sessionId", ""))
            if listener is not None:
                listener(message["method"], message.get("params", {}))
            return
        with self._lock:
            future = self._waiting.pop(message["id"], None)
        if future is None:
            return
        if "error" in message:
            future.set_exception(CommandFailed(str(message["error"].get("message", ""))))
        else:
            future.set_result(message["result"])

    def _lose(self) -> None:
        with self._lock:
            if self._lost:
                return
            self._lost = True
            waiting, self._waiting = self._waiting, {}
            os.close(self._write)
        for future in waiting.values():
            future.set_exception(ConnectionLost())

    def close(self) -> None:
        """Let go of the leash: the host kills the browser, reaps it and removes its profile."""
        if hasattr(self, "_host"):
            if self._host.stdin is not None:
                self._host.stdin.close()
            try:
                self._host.wait(8)
            except subprocess.TimeoutExpired:
                self._host.kill()
                self._host.wait()
        self._reader.join(5)
        shutil.rmtree(self._profile, ignore_errors=True)

    def forget(self) -> None:
        """In a process forked from ours: close our copies, leave the browser to its owner."""
        for descriptor in (self._write, self._read_end):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        if self._host.stdin is not None:
            with contextlib.suppress(OSError):
                self._host.stdin.close()
        self._host.returncode = 0  # not ours to wait for
        self._lost = True
