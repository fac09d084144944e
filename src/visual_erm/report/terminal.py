"""Pictures in a terminal: kitty graphics, iTerm2 inline images, sixel, or coloured half blocks.

    if not show(picture):
        print("this terminal shows no pictures")

Which of them a terminal knows is read from the environment where that is certain, and asked of
the terminal otherwise, with a short time-out. Where the stream is no terminal, nothing is
written at all.
"""

from __future__ import annotations

import base64
import os
import re
import select
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TextIO

import numpy as np

from visual_erm import images

if TYPE_CHECKING:
    from visual_erm.types import Image

Protocol = Literal["kitty", "iterm", "sixel", "blocks"]

QUERY = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"
"""Asks for kitty graphics, then for the device attributes, which every terminal answers."""
ANSWER_SECONDS = 0.25
CHUNK = 4096
"""Bytes of base64 per kitty command; the protocol allows no more."""
SIXEL_SIDE = 800
BLOCK_COLUMNS = 100
COLUMN_PIXELS = 8
"""Width that a character cell is taken to have when a picture is not to be blown up."""


def show(image: Image, stream: TextIO | None = None, *, columns: int | None = None) -> bool:
    """Write the picture at the cursor; whether it was shown.

    Args:
        image: `(H, W, 3)` uint8 RGB.
        stream: sys.stdout by default. Nothing is written unless it is a terminal.
        columns: width in character cells; by default that of the picture, at most the terminal's.
    """
    stream = stream or sys.stdout
    protocol = detect(stream)
    if protocol is None:
        return False
    available = shutil.get_terminal_size().columns
    wanted = columns or -(-image.shape[1] // COLUMN_PIXELS)
    width = max(1, min(wanted, available))
    stream.write(encode(image, protocol, width) + "\n")
    stream.flush()
    return True


def detect(stream: TextIO, environment: Mapping[str, str] | None = None) -> Protocol | None:
    """How this stream shows pictures; None if it does not, or is no terminal."""
    environment = os.environ if environment is None else environment
    if not _is_terminal(stream) or environment.get("TERM", "dumb") in ("dumb", ""):
        return None
    known = _named(environment)
    if known is not None:
        return known
    answer = _ask(stream.fileno())
    if b"_Gi=31;OK" in answer:
        return "kitty"
    attributes = re.search(rb"\x1b\[\?([\d;]*)c", answer)
    if attributes and b"4" in attributes[1].split(b";")[1:]:
        return "sixel"
    return "blocks" if _blocks(stream, environment) else None


def encode(image: Image, protocol: Protocol, columns: int) -> str:
    """The picture as the characters that draw it, `columns` cells wide."""
    if protocol == "kitty":
        return "".join(_kitty(image, columns))
    if protocol == "iterm":
        return _iterm(image, columns)
    if protocol == "sixel":
        return _sixel(image, columns)
    return _half_blocks(image, columns)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty() and stream.fileno() >= 0
    except (OSError, ValueError):
        return False


def _named(environment: Mapping[str, str]) -> Protocol | None:
    """What the environment says for certain. Inside tmux or screen it speaks of the outer one."""
    term, program = environment["TERM"], environment.get("TERM_PROGRAM", "")
    if term.startswith(("tmux", "screen")):
        return None
    if "KITTY_WINDOW_ID" in environment or term in ("xterm-kitty", "xterm-ghostty"):
        return "kitty"
    if program in ("iTerm.app", "WezTerm") or environment.get("LC_TERMINAL") == "iTerm2":
        return "iterm"
    return None


def _blocks(stream: TextIO, environment: Mapping[str, str]) -> bool:
    deep = environment.get("COLORTERM", "") in ("truecolor", "24bit")
    deep = deep or environment["TERM"].endswith("-direct")
    unicode = (stream.encoding or "").lower().replace("-", "") == "utf8"
    return deep and unicode and "NO_COLOR" not in environment


def _ask(descriptor: int) -> bytes:
    """What the terminal answers to `QUERY`; empty when it cannot be asked."""
    try:
        terminal = os.open(os.ttyname(descriptor), os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return b""
    try:
        # A background job that changes the terminal's mode is stopped by the kernel, and what
        # the user typed ahead must not be taken for the answer.
        if os.tcgetpgrp(terminal) != os.getpgrp() or select.select([terminal], [], [], 0)[0]:
            return b""
        with _unbuffered(terminal):
            os.write(terminal, QUERY)
            return _read_answer(terminal)
    except OSError:
        return b""
    finally:
        os.close(terminal)


def _read_answer(terminal: int) -> bytes:
    answer, deadline = b"", time.monotonic() + ANSWER_SECONDS
    while not re.search(rb"\x1b\[\?[\d;]*c", answer):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            break
        answer += os.read(terminal, 1024)
    return answer


@contextmanager
def _unbuffered(terminal: int) -> Iterator[None]:
    import termios

    before = termios.tcgetattr(terminal)
    raw = termios.tcgetattr(terminal)
    raw[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(terminal, termios.TCSADRAIN, raw)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _kitty(image: Image, columns: int) -> Iterator[str]:
    payload = base64.b64encode(images.encode_png(image)).decode()
    chunks = [payload[at : at + CHUNK] for at in range(0, len(payload), CHUNK)]
    for number, chunk in enumerate(chunks):
        keys = f"a=T,f=100,q=2,c={columns}," if number == 0 else "q=2,"
        yield f"\x1b_G{keys}m={int(number < len(chunks) - 1)};{chunk}\x1b\\"


def _iterm(image: Image, columns: int) -> str:
    content = images.encode_png(image)
    payload = base64.b64encode(content).decode()
    return (
        f"\x1b]1337;File=inline=1;size={len(content)};width={columns};preserveAspectRatio=1:"
        f"{payload}\a"
    )


def _sixel(image: Image, columns: int) -> str:
    """DEC's format: bands of six rows; in each, one run of columns for every colour."""
    from PIL import Image as PILImage

    image = images.fit(image, min(SIXEL_SIDE, columns * COLUMN_PIXELS))
    height, width = image.shape[:2]
    reduced = PILImage.fromarray(image).quantize(255, dither=PILImage.Dither.NONE)
    palette = np.asarray(reduced.getpalette(), np.uint32).reshape(-1, 3)
    palette = (palette * 100 + 127) // 255
    colours = np.full((-(-height // 6) * 6, width), 255, np.uint8)
    colours[:height] = np.asarray(reduced)
    out = [f'\x1bP0;1q"1;1;{width};{height}']
    out += [f"#{number};2;{r};{g};{b}" for number, (r, g, b) in enumerate(palette.tolist())]
    weights = (1 << np.arange(6))[:, None]
    for band in colours.reshape(-1, 6, width):
        for colour in np.unique(band):
            if colour < 255:
                bits = ((band == colour) * weights).sum(axis=0).astype(np.uint8) + 63
                out.append(f"#{colour}{_runs(bits.tobytes().decode('ascii'))}$")
        out.append("-")
    return "".join([*out, "\x1b\\"])


def _runs(text: str) -> str:
    return re.sub(r"(.)\1{3,}", lambda run: f"!{len(run[0])}{run[1]}", text)


def _half_blocks(image: Image, columns: int) -> str:
    """Two pixels a character: the upper as foreground, the lower as background."""
    columns = min(columns, BLOCK_COLUMNS)
    rows = max(1, round(image.shape[0] / image.shape[1] * columns / 2))
    pixels = images.resize(image, (columns, rows * 2))
    lines = []
    for upper, lower in zip(pixels[::2].tolist(), pixels[1::2].tolist(), strict=True):
        cells = "".join(
            f"\x1b[38;2;{a[0]};{a[1]};{a[2]};48;2;{b[0]};{b[1]};{b[2]}m▀"
            for a, b in zip(upper, lower, strict=True)
        )
        lines.append(cells + "\x1b[0m")
    return "\n".join(lines)
