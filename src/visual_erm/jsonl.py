"""Append-only records: one JSON object a line, written so that a killed run loses nothing finished.

A line counts only when it ends in a newline. A torn last line (the process died while writing) is
cut off before appending goes on, and the row is done again.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from visual_erm.errors import InputError

Row = dict[str, Any]


def read(path: Path | str, *, finished: bool = False) -> Iterator[tuple[int, Row]]:
    """Line number (from 1) and object of each non-empty line.

    Args:
        path: the file.
        finished: of records that may be written to right now: leave out a last line that does not
            end in a newline.

    Raises:
        InputError: missing file, or a line that is not a JSON object.
    """
    path = Path(path)
    try:
        with path.open("rb") as lines:
            for number, raw in enumerate(lines, 1):
                if finished and not raw.endswith(b"\n"):
                    return
                if raw.strip():
                    yield number, _parse(raw, f"{path}:{number}")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None


def _parse(raw: bytes, where: str) -> Row:
    try:
        row = json.loads(raw)
    # ValueError: JSON and Unicode errors, and numbers of more than 4,300 digits
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not valid JSON: {error}") from None
    if not isinstance(row, dict):
        raise InputError(f"{where}: expected a JSON object, got {type(row).__name__}")
    return row


class Records:
    """An output file that is resumed by default.

    with Records("out.jsonl") as records:
        if row["id"] not in records.done:
            records.append(result)
    """

    def __init__(self, path: Path | str, *, key: str = "id", resume: bool = True) -> None:
        """Open, cut a torn last line, and collect the ids that are done.

        Raises:
            InputError: the folder is missing, or the file holds something else than records.
        """
        self.path = Path(path)
        self.done: dict[str, Row] = {}
        try:
            self._file = self.path.open("r+b" if self.path.exists() else "w+b")
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror}") from None
        try:
            self._lock()
            if not resume:
                self._file.truncate()
            self._read_finished(key)
        except InputError:
            self._file.close()
            raise

    def _lock(self) -> None:
        """Two runs into one file would repeat and mix rows; the lock ends with the process."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{self.path}: another run is writing to it") from None
        except OSError:
            return  # some network file systems have no locks

    def _read_finished(self, key: str) -> None:
        whole = 0
        for number, raw in enumerate(self._file, 1):
            if not raw.endswith(b"\n"):
                break
            whole += len(raw)
            if raw.strip():
                row = _parse(raw, f"{self.path}:{number}")
                if key not in row:
                    raise InputError(f'{self.path}:{number}: not a record of ours: no "{key}"')
                self.done[str(row[key])] = row
        self._file.seek(whole)
        self._file.truncate()

    def append(self, row: Row) -> int:
        """Write one row and hand it to the operating system before returning; its bytes."""
        line = json.dumps(row, ensure_ascii=False, allow_nan=False)
        try:
            encoded = line.encode()
        except UnicodeEncodeError:
            # half of a surrogate pair, out of somebody's JSON: only an escape can hold it
            encoded = json.dumps(row, allow_nan=False).encode()
        written = self._file.write(encoded + b"\n")
        self._file.flush()
        return written

    def close(self) -> None:
        """Bring what was written to the disk."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def __enter__(self) -> Records:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def keep_apart(out: Path | str | None, *sources: Path | str | None) -> None:
    """Refuse to write a file over one that is read: a slip of the hand would destroy it.

    Raises:
        InputError: `out` is one of the sources, by this or another name.
    """
    for source in sources:
        if out is None or source is None:
            continue
        try:
            same = Path(out).samefile(source)
        except (OSError, ValueError):
            continue  # one of them does not exist; whoever opens it says so
        if same:
            raise InputError(f"cannot write {out}: it is what is read; choose another name")


def beside(picture: Any, folder: Path) -> Any:
    """A picture as a row names it, its path relative to the row's folder; all else as it stands.

    >>> beside("a.png", Path("rows")), beside("data:image/png;base64,", Path("rows"))
    ('rows/a.png', 'data:image/png;base64,')
    >>> beside({"path": "a.png", "bytes": None}, Path("rows"))
    {'path': 'rows/a.png', 'bytes': None}
    """
    # an address is no path: whoever reads it refuses it by its name
    if isinstance(picture, str) and not picture.startswith(("data:", "http://", "https://")):
        return str(folder / picture)
    if isinstance(picture, Mapping) and picture.get("path") and not picture.get("bytes"):
        return {**picture, "path": beside(picture["path"], folder)}
    return picture


def keep_only(path: Path | str, wanted: Callable[[Row], bool]) -> None:
    """Rewrite records without those that are to be done again, all at once or not at all.

    Raises:
        InputError: as for `Records`.
    """
    path = Path(path)
    with Records(path) as records:
        kept = [row for row in records.done.values() if wanted(row)]
        if len(kept) == len(records.done):
            return
        partial = path.with_name(path.name + ".partial")
        with Records(partial, resume=False) as rewritten:
            for row in kept:
                rewritten.append(row)
        partial.replace(path)
