"""A run folder: what was asked for, what came, and what was said of it, for a person to look at.

    with RunFolder("run") as run:
        run.add(Item(id="a/1", task="svg", reference="a.png", candidate=picture, reward=0.8))
    items = read("run")

A folder holds `items.jsonl` (see `jsonl`: a killed run loses nothing finished) and
`pictures/<sha256>.png`, named by their pixels, so that the rollouts of one prompt share their
reference. Several processes write one folder when each names its own `writer`.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from visual_erm import images, jsonl
from visual_erm.errors import InputError, first_problem
from visual_erm.types import Failure, Reward, Status, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image

LINES = "items"
PICTURES = "pictures"
SIDES = ("reference", "candidate")
_NAME = re.compile(r"[0-9a-f]{64}")
_WRITER = re.compile(r"[A-Za-z0-9_.-]*")


class Item(BaseModel):
    """One attempt at one picture, and what came of it."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    id: str
    """Unique in its run. Of two items with one id the later one counts."""
    task: Task
    reference: Any
    """The picture to reproduce, in any form that `images.load` reads; a path after reading."""
    candidate: Any = None
    """What was drawn; None where nothing was."""
    source: str = ""
    """What the policy wrote."""
    verdict: Verdict | None = None
    """What the judge says; who that is stands in it."""
    second: Verdict | None = None
    """What another judge says, or the known truth: shown beside the first."""
    matches: tuple[tuple[int, int], ...] | None = None
    """Errors of `verdict` and of `second` that are the same, by their numbers from 1: of a judge
    and of the truth. Errors that are in none are false or missed. None where nobody compared."""
    reward: float | None = None
    """None when unscored."""
    parts: dict[str, float] = {}
    """What the reward is made of."""
    scores: dict[str, float | None] = {}
    """Other scores to set beside the reward, for example {"SSIM": 0.91}."""
    failure: Failure | None = None
    group: str = ""
    """Items of one group stand together: all rollouts of a prompt, all rounds of a refinement."""
    round: int | None = None
    """Of a refinement, from 0 for the draft."""
    step: int | None = None
    """Of training."""
    blame: dict[int, tuple[int, ...]] = {}
    """Lines of the source, from 1, that an error comes from, by its number in the verdict, from
    1; empty where nobody knows."""
    note: str = ""
    """A sentence."""
    tags: tuple[str, ...] = ()
    """What items are filtered by: how a pair was made, what kind of attempt it is."""
    metadata: dict[str, JsonValue] = {}
    """Anything else; shown as a table."""

    @property
    def status(self) -> Status:
        """As in a row of results."""
        return self.failure.status if self.failure else "scored"

    @classmethod
    def of(cls, scored: Reward, **fields: Any) -> Item:
        """The item of a reward; its rendering is the candidate unless one is given.

        Args:
            scored: what came of it.
            fields: all that a reward does not know: task, reference, source, group, ...
        """
        drawn = scored.rendering.image if scored.rendering else None
        known: dict[str, Any] = {
            "candidate": drawn,
            "verdict": scored.verdict,
            "reward": scored.value,
            "parts": dict(scored.parts),
            "failure": scored.failure,
        }
        if scored.id is not None:
            known["id"] = scored.id
        return cls(**{**known, **fields})


class RunFolder:
    """A folder that items are added to, also over several runs of a program. Thread-safe."""

    def __init__(self, folder: Path | str, *, writer: str = "", resume: bool = True) -> None:
        """Make the folder, or go on with what is there.

        Args:
            folder: made if it is not there.
            writer: letters and digits; names this process where several write one folder.
            resume: keep the items that this writer has added before.

        Raises:
            InputError: it cannot be written, another process writes as the same writer, or it
                holds something else.
        """
        if not _WRITER.fullmatch(writer):
            raise InputError(f"a writer is named by letters and digits; got {writer!r}")
        self.folder = Path(folder)
        self._pictures = self.folder / PICTURES
        try:
            self._pictures.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot make {folder}: {error.strerror}") from None
        name = f"{LINES}-{writer}.jsonl" if writer else f"{LINES}.jsonl"
        self._lock = threading.Lock()
        self._records = jsonl.Records(self.folder / name, resume=resume)
        self.done: set[str] = set(self._records.done)
        """Ids of the items that this writer has added."""
        self.written = 0
        """Bytes of pictures and lines that were added since it was opened."""

    def add(self, item: Item) -> None:
        """Write one item and hand it to the operating system before returning.

        Raises:
            ImageError: a picture cannot be read.
            InputError: the folder cannot be written, or a number of the verdict is none.
        """
        row = item.model_dump(mode="json", exclude=set(SIDES), exclude_defaults=True)
        for side in SIDES:
            picture = getattr(item, side)
            if picture is not None:
                row[side] = self._keep(images.load(picture, name=f"{side} of {item.id}"))
        with self._lock:
            try:
                self.written += self._records.append(row)
            except OSError as error:
                raise InputError(f"cannot write {self._records.path}: {error.strerror}") from None
            except ValueError as error:  # a judge's NaN
                raise InputError(f'item "{item.id}" cannot be written: {error}') from None
            self.done.add(item.id)

    def _keep(self, picture: Image) -> str:
        """The name under which a picture lies in the folder."""
        path, written = keep(picture, self._pictures)
        with self._lock:
            self.written += written
        return path.stem

    def close(self) -> None:
        """Bring what was written to the disk."""
        self._records.close()

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def keep(picture: Image, folder: Path) -> tuple[Path, int]:
    """Write a picture into a folder, named by its pixels, unless it is there; bytes written.

    Raises:
        InputError: the folder cannot be written.
    """
    path = folder / f"{images.digest(picture)}.png"
    if path.exists():
        return path, 0
    content = images.encode_png(picture)
    # beside it, then renamed: no reader and no other writer ever sees half a picture
    partial = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None
    return path, len(content)


def is_run(folder: Path | str) -> bool:
    """Whether a folder is a run folder."""
    return (Path(folder) / PICTURES).is_dir() and bool(_files(Path(folder)))


def read(folder: Path | str) -> list[Item]:
    """The items of a run folder, in the order in which they were added; also while it grows.

    Raises:
        InputError: no run folder, or something in it that is no item.
    """
    folder = Path(folder)
    if not is_run(folder):
        raise InputError(f"{folder} is no run folder: no {LINES}.jsonl beside {PICTURES}/")
    found: dict[str, Item] = {}
    for path in _files(folder):
        for where, row in _rows(path):
            item = _item(row, folder / PICTURES, where)
            found[item.id] = item
    return list(found.values())


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{LINES}.jsonl")) + sorted(folder.glob(f"{LINES}-*.jsonl"))


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, row in jsonl.read(path, finished=True):
        yield f"{path}:{number}", row


def _item(row: dict[str, Any], pictures: Path, where: str) -> Item:
    sides = {}
    for side in SIDES:
        name = row.get(side)
        if name is None and side == "candidate":
            continue
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InputError(f"{where}: {side}: expected the name of a picture, got {name!r:.80}")
        sides[side] = pictures / f"{name}.png"
        if not sides[side].exists():
            raise InputError(f"{where}: {side}: there is no picture {sides[side]}")
    try:
        return Item.model_validate({**row, **sides})
    except ValidationError as error:
        raise InputError(f"{where}: not an item of ours: {first_problem(error)}") from None
