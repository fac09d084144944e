"""What a confined worker is asked and what it answers; read by both sides of the fence.

A `Job` says which function draws, what is loaded before, and within which limits. A request is one
sealed memory file (options and source); an answer is one memory file of bounded size: a header,
raw RGB pixels, a document and a little JSON. Everything in an answer was written by the policy's
process and is therefore checked, field by field, before it is believed.

    def draw(source: bytes, options: dict) -> Drawing:   # runs confined
        return Drawing(image=np.full((40, 60, 3), 255, np.uint8))
"""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from visual_erm.images import MAX_PIXELS, MAX_SIDE

if TYPE_CHECKING:
    from visual_erm.types import Image

MIB = 1 << 20
META_BYTES = MIB
"""Most that an answer's JSON may take."""
_MAGIC = 0x7665726D
_HEADER = struct.Struct("<6I")
_LENGTH = struct.Struct("<I")
DRAWN, RAISED = 1, 2


@dataclass(frozen=True)
class Limits:
    """What one item may use."""

    memory: int = 1024 * MIB
    """Bytes beyond what the preloaded modules already take."""
    address_space: bool = True
    """Bound memory by address space. False for engines that reserve far more than they use (V8);
    then by private writable memory, and by a watchdog over what is resident."""
    cpu: float = 20.0
    """Seconds of processor time, all threads together."""
    deadline: float = 20.0
    """Seconds of wall time until the process group is killed."""
    output: int = 64 * MIB
    """Bytes of the whole answer."""
    source: int = 4 * MIB
    """Bytes; a longer source is refused unread."""
    files: int = 256
    """Open descriptors."""


@dataclass(frozen=True)
class Job:
    """One kind of work for confined workers."""

    name: str
    """In messages and in the process title, for example "chart"."""
    target: str
    """"package.module:function" that is called in the confined child as `f(source, options)`."""
    preload: tuple[str, ...] = ()
    """Modules the zygote imports before the first fork; "module:function" also calls it."""
    reuse: bool = False
    """False: one process per item (programs). True: one process serves many (documents)."""
    limits: Limits = field(default_factory=Limits)
    read_only: tuple[str, ...] = ()
    """Files and folders that the child may read beyond the interpreter's own."""
    libraries: bool = True
    """Whether the child may read the interpreter's modules and shared libraries: for late
    imports. False when everything it needs is preloaded."""
    system_calls: frozenset[str] = frozenset()
    """Names to allow beyond the common list, for example {"socketpair"}."""
    environment: tuple[tuple[str, str], ...] = ()
    """Variables for the zygote beyond the fixed ones."""
    recycle: int = 1000
    """Items after which a reused process is replaced."""
    spares: bool = False
    """Whether processes for programs are forked before they are asked, as many as work at once."""
    idle: str = ""
    """"package.module:function": makes the steps (an iterator) of what the zygote prepares while
    nobody asks for a worker. Between two steps its state must be as before the first."""
    scout: str = ""
    """"package.module:function": functions that draw samples, to learn which memory drawing writes
    to; spares own that memory before they are asked."""


@dataclass(frozen=True)
class Drawing:
    """What a job's function returns."""

    image: Image | None = None
    """`(H, W, 3)` uint8 RGB."""
    document: bytes | None = None
    """Anything to be drawn elsewhere, for example a figure as JSON."""
    meta: dict[str, Any] = field(default_factory=dict)
    """Small and JSON-able: warnings, numbers of figures."""


@dataclass(frozen=True)
class Output:
    """A drawing as it arrived, with what it cost."""

    image: Image | None
    document: bytes | None
    meta: dict[str, Any]
    """Written by the policy's process: may hold anything that JSON can."""
    seconds: float
    """Wall time from the request to the answer, waiting for a free worker not included."""
    cpu_seconds: float | None


class Rejected(Exception):
    """Raised by a job's function to refuse a source with a code of its own."""

    def __init__(self, code: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail


class BadAnswerError(Exception):
    """The answer is absent or contradicts itself."""


def pack_request(source: bytes, options: dict[str, Any]) -> bytes:
    """Options and source as one block of bytes."""
    head = json.dumps(options).encode()
    return _LENGTH.pack(len(head)) + head + source


def unpack_request(block: bytes) -> tuple[bytes, dict[str, Any]]:
    """The inverse of `pack_request`."""
    (length,) = _LENGTH.unpack_from(block)
    start = _LENGTH.size + length
    return block[start:], json.loads(block[_LENGTH.size : start])


def write_drawing(descriptor: int, drawing: Drawing, limit: int) -> None:
    """Write a drawing into the answer file; the header comes last, so half an answer is none.

    Raises:
        Rejected: what was drawn has a size or a type that cannot be sent.
    """
    import numpy as np

    width = height = 0
    pixels: Any = b""
    if drawing.image is not None:
        image = np.ascontiguousarray(drawing.image)
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise Rejected("bad_picture", f"the picture has shape {image.shape} of {image.dtype}")
        height, width = image.shape[:2]
        if not 0 < width <= MAX_SIDE or not 0 < height <= MAX_SIDE or width * height > MAX_PIXELS:
            raise Rejected("too_large", f"the picture is {width} x {height} pixels; too large")
        pixels = image.reshape(-1).data
    document = drawing.document or b""
    meta = json.dumps(drawing.meta).encode()
    if len(meta) > META_BYTES:
        meta = b"{}"
    if _HEADER.size + len(pixels) + len(document) + len(meta) > limit:
        raise Rejected("too_large", f"the answer takes more than {limit} bytes")
    offset = _HEADER.size
    for part in (pixels, document, meta):
        offset += _write_all(descriptor, part, offset)
    has_document = 0 if drawing.document is None else len(document) + 1
    header = _HEADER.pack(_MAGIC, DRAWN, width, height, has_document, len(meta))
    _write_all(descriptor, header, 0)


def write_exception(descriptor: int, error: dict[str, str]) -> None:
    """Write what was raised into the answer file: keys code, message, detail."""
    meta = json.dumps({key: value[:8000] for key, value in error.items()}).encode()
    _write_all(descriptor, meta, _HEADER.size)
    _write_all(descriptor, _HEADER.pack(_MAGIC, RAISED, 0, 0, 0, len(meta)), 0)


def read_answer(descriptor: int, limit: int) -> Drawing | dict[str, str]:
    """A drawing, or what was raised. The header is read once, then believed nowhere unchecked.

    Raises:
        BadAnswerError: nothing was written, or it contradicts itself.
    """
    header = os.pread(descriptor, _HEADER.size, 0)
    if len(header) < _HEADER.size:
        raise BadAnswerError("the answer is cut")
    magic, kind, width, height, has_document, meta_bytes = _HEADER.unpack(header)
    if magic == 0:
        raise BadAnswerError("nothing was drawn")
    document_bytes = max(0, has_document - 1)
    if (
        magic != _MAGIC
        or kind not in (DRAWN, RAISED)
        or max(width, height) > MAX_SIDE
        or width * height > MAX_PIXELS
        or (width == 0) != (height == 0)
        or meta_bytes > META_BYTES
        or _HEADER.size + 3 * width * height + document_bytes + meta_bytes > limit
    ):
        raise BadAnswerError("the answer contradicts itself")
    offset = _HEADER.size
    image = _read_image(descriptor, width, height, offset) if width else None
    offset += 3 * width * height
    document = os.pread(descriptor, document_bytes, offset) if has_document else None
    meta = _read_meta(os.pread(descriptor, meta_bytes, offset + document_bytes))
    if kind == RAISED:
        return {key: str(value) for key, value in meta.items()}
    return Drawing(image=image, document=document, meta=meta)


def _read_image(descriptor: int, width: int, height: int, offset: int) -> Image:
    import numpy as np

    image = np.empty((height, width, 3), np.uint8)
    view = image.reshape(-1).data
    done = 0
    while done < len(view):
        count = os.preadv(descriptor, [view[done:]], offset + done)
        if count == 0:
            raise BadAnswerError("the pixels are cut")
        done += count
    return image


def _read_meta(raw: bytes) -> dict[str, Any]:
    try:
        meta = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        raise BadAnswerError("the answer's JSON cannot be read") from None
    if not isinstance(meta, dict):
        raise BadAnswerError("the answer's JSON is not an object")
    return meta


def _write_all(descriptor: int, part: bytes | memoryview, offset: int) -> int:
    view = memoryview(part).cast("B") if len(part) else memoryview(b"")
    done = 0
    while done < len(view):
        done += os.pwrite(descriptor, view[done:], offset + done)
    return len(view)
