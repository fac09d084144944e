"""What the attacks attack, and how their success is seen from outside.

Each attack is a text with a head that says what it tries (`what`), how success shows (`oracle`)
and, for programs, whether it also runs unconfined as a control (`control`). Words between @ signs
are filled in with this arena's paths, ports and processes.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from visual_erm import images

FOLDER = Path(__file__).parent
COLOUR = (255, 0, 254)
"""Of the reference picture: a picture that shows it has seen the reference."""
MARK_VARIABLE = "VERM_TEST_MARK"
_PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/root", "/")


@dataclass(frozen=True)
class Attack:
    """One text of the corpus."""

    name: str
    text: str
    oracles: frozenset[str]
    control: bool


def attacks(kind: str) -> list[Attack]:
    """Those in one folder of the corpus, by name."""
    return [_read(path) for path in sorted((FOLDER / kind).iterdir())]


def _read(path: Path) -> Attack:
    name = path.name.partition(".")[0]
    if path.suffix == ".json":  # too long to keep: parts, and how often each is repeated
        fields = json.loads(path.read_text())
        text = "".join(part * times for part, times in fields["parts"])
        return Attack(name, text, frozenset(fields["oracle"].split()), False)
    text = path.read_text()
    head = dict(re.findall(r"^(?:#|<!--) (\w+): (.*?)(?: -->)?$", text, re.MULTILINE)[:3])
    oracles = frozenset(head["oracle"].split())
    return Attack(name, text, oracles, head.get("control") == "yes")


class Arena:
    """A canary file, a reference, a victim, listeners, and the oracles over them."""

    def __init__(self, folder: Path, mark: str) -> None:
        self.mark = mark
        self.token = "VERMSECRET-" + secrets.token_hex(16)
        self.folder = folder / "data"
        self.folder.mkdir(mode=0o777)
        self.folder.chmod(0o777)
        self._plant()
        self.heard: list[bytes] = []
        self._sockets: list[socket.socket] = []
        self.ports = self._listen(folder)
        self.victim = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import time; print(1, flush=True); time.sleep(900)",
                self.token,
            ],
            env={"VERM_TEST_SECRET": self.token},
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self.victim.stdout is not None
        self.victim.stdout.readline()
        self._before = self._files()

    def _plant(self) -> None:
        picture = np.full((100, 100, 3), COLOUR, np.uint8)
        self.reference = self.folder / "reference.png"
        self.reference.write_bytes(images.encode_png(picture))
        self.canary = self.folder / "canary.txt"
        self.canary.write_text(self.token)
        self.module = self.folder / "canary_module.py"
        self.module.write_text(f"SECRET = {self.token!r}\n")
        self.sibling = self.folder / f"sibling-{secrets.token_hex(8)}"
        self.sibling.touch()
        for path in (self.reference, self.canary, self.module):
            path.chmod(0o666)

    def _listen(self, folder: Path) -> dict[str, str]:
        abstract = f"hostile-{secrets.token_hex(8)}"
        path = str(folder / "socket")
        made = {}
        for name, family, kind, address in (
            ("TCP", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("UDP", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("UNIX", socket.AF_UNIX, socket.SOCK_STREAM, path),
            ("ABSTRACT", socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract),
        ):
            listener = socket.socket(family, kind)
            listener.bind(address)
            if kind == socket.SOCK_STREAM:
                listener.listen()
            self._sockets.append(listener)
            target = self._accept if kind == socket.SOCK_STREAM else self._receive
            threading.Thread(target=target, args=(listener,), daemon=True).start()
            made[name] = str(listener.getsockname()[1]) if family == socket.AF_INET else path
        return made | {"ABSTRACT": abstract}

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self.heard.append(b"connection")
                connection.close()

    def _receive(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while datagram := listener.recv(100):
                self.heard.append(datagram)

    def fill(self, text: str) -> str:
        """An attack with this arena's targets."""
        words = {
            "CANARY": str(self.canary),
            "REFERENCE": str(self.reference),
            "MODULE": str(self.module),
            "DIR": str(self.folder),
            "BASE64": base64.b64encode(self.reference.read_bytes()).decode(),
            "PARENT": str(os.getpid()),
            "VICTIM": str(self.victim.pid),
            "MARK": self.mark,
            **self.ports,
        }
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        return text

    def _files(self) -> dict[str, tuple[object, ...]]:
        """State of everything that an attack could write to."""
        state: dict[str, tuple[object, ...]] = {}
        for path in (self.folder, *sorted(self.folder.rglob("*"))):
            with contextlib.suppress(OSError):
                status = path.lstat()
                content = path.read_bytes() if path.is_file() else b""
                state[str(path)] = (content, status.st_mode, status.st_uid, status.st_nlink)
                state[str(path)] += (status.st_mtime_ns, tuple(os.listxattr(path)))
        library = [Path(np.__file__).parent, Path(os.__file__).parent, Path.home(), Path.cwd()]
        for place in (*map(Path, _PLACES), *library):
            for path in place.glob(f"hostile*{self.mark}*"):
                state[str(path)] = ()
        state["numpy"] = (Path(np.__file__).read_bytes(),)
        return state

    def processes(self) -> list[psutil.Process]:
        """Every process that carries the mark in the environment it was started with."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get(MARK_VARIABLE) == self.mark:
                    found.append(process)
        return found

    def successes(self, said: str, allowed: set[int]) -> set[str]:
        """Which oracles show that an attack succeeded.

        Args:
            said: everything that came back from it.
            allowed: ids of processes that may exist.
        """
        time.sleep(0.02)
        colour = bytes(COLOUR).hex()
        seen = {
            "token": self.token in said or self.token[11:30] in said,
            "reference": repr(bytes(COLOUR) * 3)[2:-1] in said or colour * 3 in said,
            "passwords": ":0:0:" in said,
            "listing": self.sibling.name in said,
            "said": "PWNED" in said,
            "listener": bool(self.heard),
            "files": self._files() != self._before,
            "shared": self._shared(),
            "victim": self.victim.poll() is not None
            or psutil.Process(self.victim.pid).status() in ("stopped", "tracing-stop", "zombie"),
            "processes": any(process.pid not in allowed for process in self.processes()),
        }
        return {name for name, fired in seen.items() if fired}

    def _shared(self) -> bool:
        for table in ("shm", "msg", "sem"):
            with contextlib.suppress(OSError):
                lines = Path(f"/proc/sysvipc/{table}").read_text().splitlines()[1:]
                if any(int(line.split()[0]) == 0x7E57 for line in lines):
                    return True
        return False

    def close(self) -> None:
        """Undo whatever an attack, or its control, has done."""
        with contextlib.suppress(ProcessLookupError):
            self.victim.kill()
        self.victim.wait()
        assert self.victim.stdout is not None
        self.victim.stdout.close()
        for listener in self._sockets:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for name in set(self._files()) - set(self._before):
            with contextlib.suppress(OSError):
                Path(name).unlink()
        if self._shared():
            subprocess.run(["ipcrm", "-M", "0x7E57", "-Q", "0x7E57", "-S", "0x7E57"], check=False)
