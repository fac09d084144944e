"""Files of one's own as a corpus."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from visual_erm.errors import InputError


@dataclass(frozen=True)
class OwnFile:
    """One file of a folder."""

    name: str
    """Path below the folder, with slashes."""
    text: str
    """Its content; bytes that are not UTF-8 are replaced."""
    family: str
    """Path of its subfolder."""


def own_files(folder: Path, suffixes: Collection[str]) -> Iterator[OwnFile]:
    """The files with these suffixes below a folder, by name.

    Raises:
        InputError: no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"no folder {folder}")
    for path in sorted(p for p in folder.rglob("*") if p.suffix in suffixes):
        yield OwnFile(
            name=path.relative_to(folder).as_posix(),
            text=path.read_text(encoding="utf-8", errors="replace"),
            family=path.parent.relative_to(folder).as_posix(),
        )
