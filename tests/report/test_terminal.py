import base64
import io
import os
import pty
import re
import select
import sys
import threading
import time
import tty

import numpy as np
import pytest

from visual_erm import images
from visual_erm.report import terminal

PICTURE = np.full((60, 80, 3), 255, np.uint8)
PICTURE[10:50, 10:30] = (200, 30, 40)
PICTURE[20:40, 40:70] = (20, 60, 180)


class Terminal:
    """The far side of a pty: answers the capability query, keeps everything else."""

    def __init__(self, answer):
        self.outer, self.inner = pty.openpty()
        tty.setraw(self.outer)
        self.written = b""
        self.answer = answer
        self.stream = os.fdopen(self.inner, "w", encoding="utf-8", closefd=False)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                read = os.read(self.outer, 65536)
            except OSError:
                return
            self.written += read
            if terminal.QUERY in self.written:
                self.written = self.written.replace(terminal.QUERY, b"")
                if self.answer:
                    os.write(self.outer, self.answer)

    def close(self):
        self.stream.flush()
        time.sleep(0.05)
        os.close(self.inner)
        self.thread.join(2)
        os.close(self.outer)


@pytest.fixture
def make_terminal(monkeypatch):
    # The test process does not own the pty, so the kernel's foreground check has no answer here.
    monkeypatch.setattr(os, "tcgetpgrp", lambda descriptor: os.getpgrp())
    for name in ("KITTY_WINDOW_ID", "TERM_PROGRAM", "LC_TERMINAL", "COLORTERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    made = []

    def make(answer=b""):
        made.append(Terminal(answer))
        return made[-1]

    yield make
    for one in made:
        if one.thread.is_alive():
            one.close()


def test_kitty_answers_and_receives_a_png_in_chunks(make_terminal):
    tall = np.random.default_rng(0).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    shell = make_terminal(b"\x1b_Gi=31;OK\x1b\\\x1b[?62;c")
    assert terminal.show(tall, shell.stream)
    shell.close()
    commands = re.findall(rb"\x1b_G([^;]*);([^\x1b]*)\x1b\\", shell.written)
    assert len(commands) > 1
    assert all(len(payload) <= terminal.CHUNK for _, payload in commands)
    assert [b"m=1" in keys for keys, _ in commands] == [True] * (len(commands) - 1) + [False]
    content = base64.b64decode(b"".join(payload for _, payload in commands))
    assert (images.load(content) == tall).all()


def test_sixel_by_device_attributes(make_terminal):
    shell = make_terminal(b"\x1b[?62;4;22c")
    assert terminal.show(PICTURE, shell.stream)
    shell.close()
    assert (unsixel(shell.written.decode()) == PICTURE).all()


def test_iterm_by_environment_is_not_asked(make_terminal, monkeypatch):
    monkeypatch.setenv("TERM_PROGRAM", "iTerm.app")
    shell = make_terminal(b"\x1b[?62;c")
    assert terminal.show(PICTURE, shell.stream)
    shell.close()
    payload = re.search(rb"\x1b\]1337;File=inline=1;[^:]*:([^\a]*)\a", shell.written)[1]
    assert (images.load(base64.b64decode(payload)) == PICTURE).all()


def test_half_blocks_where_only_colours_are_known(make_terminal, monkeypatch):
    monkeypatch.setenv("COLORTERM", "truecolor")
    shell = make_terminal(b"\x1b[?62;22c")
    assert terminal.show(PICTURE, shell.stream)
    shell.close()
    text = shell.written.decode()
    assert text.count("▀") == 10 * 4  # 80 pixels at 8 a cell, two rows of cells a square
    assert "38;2;255;255;255" in text


def test_a_plain_terminal_gets_nothing(make_terminal):
    shell = make_terminal(b"\x1b[?62;22c")
    assert not terminal.show(PICTURE, shell.stream)
    shell.close()
    assert shell.written == b""


def test_a_mute_terminal_is_not_waited_for(make_terminal):
    shell = make_terminal(b"")
    before = time.monotonic()
    assert terminal.detect(shell.stream) is None
    assert time.monotonic() - before < 20 * terminal.ANSWER_SECONDS


def test_the_mode_of_the_terminal_is_put_back(make_terminal):
    import termios

    shell = make_terminal(b"\x1b[?62;22c")
    before = termios.tcgetattr(shell.inner)
    terminal.detect(shell.stream)
    assert termios.tcgetattr(shell.inner) == before


def test_what_was_typed_ahead_is_left_alone(make_terminal):
    shell = make_terminal(b"\x1b[?62;4c")
    os.write(shell.outer, b"ls\n")
    time.sleep(0.05)
    assert terminal.detect(shell.stream) is None
    assert os.read(shell.inner, 10) == b"ls\n"


@pytest.mark.parametrize("term", ["dumb", ""])
def test_dumb_terminals(make_terminal, monkeypatch, term):
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLORTERM", "truecolor")
    assert terminal.detect(make_terminal(b"\x1b[?62;4c").stream) is None


def test_a_multiplexer_does_not_inherit_the_outer_terminal(make_terminal):
    shell = make_terminal(b"\x1b[?62;22c")
    environment = {"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}
    assert terminal.detect(shell.stream, environment) is None


def test_in_a_process_that_owns_its_terminal():
    """As a user runs it: own session, own controlling terminal, nothing replaced."""
    program = (
        "import numpy as np; from visual_erm.report import terminal;"
        "terminal.show(np.full((32, 32, 3), 7, np.uint8))"
    )
    child, outer = pty.fork()
    if child == 0:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        os.execve(sys.executable, [sys.executable, "-c", program], {**kept, "TERM": "xterm"})
    written = b""
    while select.select([outer], [], [], 20)[0]:
        try:
            read = os.read(outer, 65536)
        except OSError:
            break
        written += read
        if read.endswith(b"\x1b[c"):
            os.write(outer, b"\x1b[?62;4c")
    os.waitpid(child, 0)
    os.close(outer)
    assert b"\x1bP0;1q" in written


def test_a_file_or_pipe_gets_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("KITTY_WINDOW_ID", "1")
    monkeypatch.setenv("TERM", "xterm-kitty")
    with (tmp_path / "out").open("w") as file:
        assert not terminal.show(PICTURE, file)
    assert (tmp_path / "out").read_bytes() == b""
    assert not terminal.show(PICTURE, io.StringIO())


def unsixel(text):
    """An independent decoder of the subset we write."""
    body = re.search(r'\x1bP0;1q"1;1;(\d+);(\d+)(.*)\x1b\\', text, re.S)
    width, height = int(body[1]), int(body[2])
    out = np.zeros((height + 6, width, 3), np.uint8)
    palette, colour, x, y = {}, 0, 0, 0
    for token in re.finditer(
        r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)(.)|([$-])|([?-~])", body[3]
    ):
        define, r, g, b, select, count, run, move, single = token.groups()
        if define:
            palette[int(define)] = [round(int(v) * 255 / 100) for v in (r, g, b)]
        elif select:
            colour = int(select)
        elif move:
            x, y = 0, y + (6 if move == "-" else 0)
        else:
            bits = ord(run or single) - 63
            run = int(count or 1)
            for row in range(6):
                if bits >> row & 1:
                    out[y + row, x : x + run] = palette[colour]
            x += run
    shown = out[:height].astype(int)
    # Sixel colours are per cent: up to 1.3 of 255 is lost each way.
    close = np.abs(shown - PICTURE) <= 3
    return np.where(close, PICTURE, shown)
