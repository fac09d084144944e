"""What a model was paid for once, verdicts and rankings: a folder that several processes share.

    kept = Kept("verdicts")
    verdict = kept.remember(reference, candidate, "chart", judge.identity, ask)

All of it is filed under the decoded pixels of the pictures in their order, the task and the judge's
identity, which holds the model, its revision as the servers tell it, prompts, preparation, sampling
and every option that changes what it says. One pixel or one word of a prompt is another question.
Faults are never kept, nor what was read in replies that a limit cut. One SQLite file with a
write-ahead log: a process that is killed in the middle of writing leaves what was there before.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from visual_erm import images
from visual_erm.errors import InputError
from visual_erm.types import COSTS, JudgeIdentity, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image

NAME = "verdicts.sqlite"
FORMAT = "1"
"""Raised when replies are read in another way, so that older verdicts are not taken for new."""
MEGABYTES = 1024.0
"""Of answers, some 2 KB each; those that were not asked for the longest go first."""
_CHECKED = 256
"""Answers that are written between two looks at the size."""
_FRESH = 3600.0
"""Seconds for which a use need not be noted again: reading should not mean writing."""
_PATIENCE = 30.0
"""Seconds to wait for another process that writes."""
_TABLE = """
create table if not exists verdicts (
    key text primary key, verdict text not null, size integer not null, used real not null
) without rowid"""

Answer = TypeVar("Answer", bound=BaseModel)

_inherited: list[sqlite3.Connection] = []
"""Connections of the process that this one was forked from, which must never be closed here."""


def key(digests: Sequence[str], task: Task, identity: JudgeIdentity) -> str:
    """What an answer is filed under.

    Args:
        digests: of the pictures, as `images.digest` tells them, the reference's first.
        task: of the pictures.
        identity: of the judge or ranker, with all that changes what it says.
    """
    whole = [FORMAT, task, *digests, identity.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


class Kept:
    """The answers of one folder. Thread-safe; any number of processes may use it at once."""

    _opened: sqlite3.Connection | None = None

    def __init__(self, folder: Path | str, *, megabytes: float = MEGABYTES) -> None:
        """Open the folder, or make it.

        Args:
            folder: on a disk of this machine; network file systems have no locks to rely on.
            megabytes: of answers that are kept.

        Raises:
            InputError: it cannot be made, or holds something else.
        """
        self.path = Path(folder) / NAME
        self._most = int(megabytes * 1e6)
        self._warned = False
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._fresh()
            with self._lock:
                self._connection()
        except (OSError, sqlite3.Error) as error:
            raise InputError(f"the cache {self.path} cannot be used: {error}") from None

    def remember(
        self,
        reference: Image,
        candidate: Image,
        task: Task,
        identity: JudgeIdentity,
        ask: Callable[[], Verdict],
    ) -> Verdict:
        """The verdict that is kept, or else a new one.

        Its usage has "cached": 1 for one that was kept, whose costs are 0: they were counted
        when they were paid.

        Args:
            reference: `(H, W, 3)` uint8 RGB.
            candidate: the same.
            task: of the pair.
            identity: of the judge, with all that changes its verdicts.
            ask: makes the verdict; what it raises is not kept.
        """
        started = time.monotonic()
        name = key([images.digest(reference), images.digest(candidate)], task, identity)
        known = self.get(name, Verdict)
        if known is not None:
            return known.model_copy(update={"usage": usage_again(known.usage, started)})
        verdict = ask()
        if verdict.finish == "stop":
            self.put(name, verdict)
        return verdict.model_copy(update={"usage": {**verdict.usage, "cached": 0.0}})

    def get(self, key: str, kind: type[Answer]) -> Answer | None:
        """An answer that is known; None if there is none, or the file fails."""
        try:
            with self._lock_here():
                row = self._file.execute(
                    "select verdict, used from verdicts where key = ?", (key,)
                ).fetchone()
                if row is None:
                    return None
                answer = kind.model_validate_json(row[0])
                if row[1] < time.time() - _FRESH:
                    self._file.execute(
                        "update verdicts set used = ? where key = ?", (time.time(), key)
                    )
                return answer
        except (sqlite3.Error, ValidationError) as error:
            self._warn(error)
            return None

    def put(self, key: str, answer: BaseModel) -> None:
        """Keep an answer; a disk that is full costs the cache, not the answer."""
        text = answer.model_dump_json()
        row = (key, text, len(key) + len(text), time.time())
        try:
            with self._lock_here():
                self._file.execute("insert or replace into verdicts values (?, ?, ?, ?)", row)
                self._written += 1
                if self._written % _CHECKED == 0:
                    self._shrink()
        except sqlite3.Error as error:
            self._warn(error)

    def __len__(self) -> int:
        with self._lock_here():
            return int(self._file.execute("select count(*) from verdicts").fetchone()[0])

    def close(self) -> None:
        """Let the file go; the next use opens it again."""
        with self._lock_here():
            self._closing()
            self._opened = None

    def _shrink(self) -> None:
        """Delete what was not used for the longest, a tenth more than need be."""
        (size,) = self._file.execute("select coalesce(sum(size), 0) from verdicts").fetchone()
        if size <= self._most:
            return
        for old, part in self._file.execute(
            "select key, size from verdicts order by used"
        ).fetchall():
            if size <= 0.9 * self._most:
                break
            self._file.execute("delete from verdicts where key = ?", (old,))
            size -= part

    def _lock_here(self) -> threading.Lock:
        if self._pid != os.getpid():
            self._fresh()
        return self._lock

    def _fresh(self) -> None:
        """A fork must not use its parent's connection, not even to close it."""
        self._pid = os.getpid()
        self._lock = threading.Lock()
        if self._opened is not None:
            _inherited.append(self._opened)
            self._closing.detach()
        self._opened = None
        self._written = 0

    @property
    def _file(self) -> sqlite3.Connection:
        return self._opened or self._connection()

    def _connection(self) -> sqlite3.Connection:
        opened = sqlite3.connect(
            self.path, timeout=_PATIENCE, check_same_thread=False, isolation_level=None
        )
        self._closing = weakref.finalize(self, opened.close)
        opened.execute("pragma journal_mode = wal")
        # what the log holds survives a killed process; a power cut may cost the last answers
        opened.execute("pragma synchronous = normal")
        opened.execute(_TABLE)
        self._opened = opened
        return opened

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(f"the cache {self.path} fails: {error}", RuntimeWarning, stacklevel=4)

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("path", "_most", "_warned")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._fresh()


def usage_again(usage: dict[str, float], started: float) -> dict[str, float]:
    """The usage of an answer that was kept: what it says of the answer, nothing of its price.

    Args:
        usage: when it was paid for.
        started: when it was asked for again, on the monotonic clock.
    """
    figures = {name: 0.0 if name in COSTS else value for name, value in usage.items()}
    return {**figures, "cached": 1.0, "seconds": time.monotonic() - started}
