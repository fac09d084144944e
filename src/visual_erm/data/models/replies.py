"""What models have answered: a reply is paid once, however often a run is stopped.

One SQLite file beside the shards. A row is written the moment a reply is there, faults never are;
what was spent is added up from the rows.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from visual_erm.endpoints import Reply
from visual_erm.errors import InputError

NAME = "replies.sqlite"
_TABLE = """
create table if not exists replies (
    key text primary key, role text, model text, text text, finish text, refusal text,
    requests real, prompt_tokens real, completion_tokens real, seconds real, money real
)"""
_USAGE = ("requests", "prompt_tokens", "completion_tokens", "seconds")


class Spent(BaseModel):
    """What one model cost in one role."""

    model_config = ConfigDict(frozen=True)

    role: str
    model: str
    replies: int
    requests: int
    """Tries included that failed before the reply came."""
    prompt_tokens: int
    completion_tokens: int
    money: float
    """In the currency of the pool's prices."""


class Replies:
    """The replies of one folder. Thread-safe.

    Each method raises an InputError if the file is damaged, is something else, or has no room.
    """

    def __init__(self, path: Path) -> None:
        """Keep where it is; the file is made with the first reply."""
        self._path = path
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None

    def _file(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = sqlite3.connect(
                self._path, check_same_thread=False, isolation_level=None
            )
            self._opened.execute("pragma journal_mode = wal")
            self._opened.execute(_TABLE)
        return self._opened

    def get(self, key: str) -> Reply | None:
        """A reply that was paid for; None if there is none."""
        with self._lock, self._damage():
            found = (
                self._file()
                .execute(
                    f"select text, finish, refusal, {', '.join(_USAGE)} from replies where key = ?",  # noqa: S608 - fixed names
                    (key,),
                )
                .fetchone()
            )
        if found is None:
            return None
        text, finish, refusal, *usage = found
        return Reply(text, finish, refusal, dict(zip(_USAGE, usage, strict=True)))

    def put(self, key: str, role: str, model: str, reply: Reply, money: float) -> None:
        """Keep a reply."""
        said = (key, role, model, reply.text, reply.finish, reply.refusal)
        cost = (*(reply.usage[name] for name in _USAGE), money)
        with self._lock, self._damage():
            self._file().execute(
                f"insert or ignore into replies values ({', '.join('?' * 11)})",  # noqa: S608 - marks
                said + cost,
            )

    def spent(self) -> list[Spent]:
        """All that these replies cost, by role and model."""
        if not self._path.exists():
            return []
        names = list(Spent.model_fields)
        with self._lock, self._damage():
            rows = (
                self._file()
                .execute(
                    "select role, model, count(*), sum(requests), sum(prompt_tokens),"
                    " sum(completion_tokens), sum(money) from replies group by role, model"
                )
                .fetchall()
            )
        return [Spent.model_validate(dict(zip(names, row, strict=True))) for row in rows]

    def close(self) -> None:
        """Write what is left and let the file go."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    @contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise InputError(
                f"{self._path} cannot be used: {error}; what was finished is kept"
            ) from None
