"""Attacks on the renderers. None may succeed, each must end, and the next honest sample draws.

Whether an attack succeeded is seen from outside (`tests/hostile/arena.py`): a planted secret comes
back, a listener is called, a file or a process changed. The controls run the same attacks without
confinement and check that the same oracle fires, so that silence means something.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from visual_erm import images
from visual_erm.errors import Fault
from visual_erm.renderers import Renderer
from visual_erm.renderers.job import MIB, Limits
from visual_erm.renderers.service import Service
from visual_erm.types import Failure, Rendering

_spec = importlib.util.spec_from_file_location(
    "arena", Path(__file__).parents[1] / "hostile" / "arena.py"
)
assert _spec is not None and _spec.loader is not None
arena_module = importlib.util.module_from_spec(_spec)
sys.modules["arena"] = arena_module
_spec.loader.exec_module(arena_module)
Arena, Attack = arena_module.Arena, arena_module.Attack

MEMORY = 400 * MIB
DEADLINE = 1.5
PROGRAMS = arena_module.attacks("programs")
DOCUMENTS = arena_module.attacks("svg")
TABLES = arena_module.attacks("html")
GOOD = {
    "chart": "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.title('good')\nplt.show()",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="5"/></svg>',
    "table": "<table border='1'><tr><td>good</td></tr></table>",
}
HAS_TABLES = importlib.util.find_spec("visual_erm.renderers.table") is not None


@dataclass
class Ring:
    """A renderer under attack."""

    renderer: Renderer
    mark: str
    good: str
    """Digest of an honest sample's picture."""
    own: set[int]
    """Processes that the renderer keeps."""

    @property
    def task(self) -> Any:
        return self.renderer.task


def _ring(renderer: Renderer, mark: str) -> Ring:
    good = renderer.render(GOOD[renderer.task], deadline=20)
    service: Service | None = getattr(renderer, "_service", None)
    deadline = time.monotonic() + 120
    # its scouts are processes that an attack did not make
    while service is not None and not service.prepared and time.monotonic() < deadline:
        time.sleep(0.1)
    own = set(service.processes()) if service else set()
    return Ring(renderer, mark, images.digest(good.image), own)


def _confined(renderer: Any, mark: str) -> Ring:
    """The renderer with narrow limits, and workers that can be found in the process table."""
    job = renderer._service.job
    limits = replace(job.limits, memory=MEMORY, cpu=4 * DEADLINE, deadline=DEADLINE)
    renderer._service = Service(
        replace(job, limits=limits, environment=((arena_module.MARK_VARIABLE, mark),)), 2
    )
    return _ring(renderer, mark)


@pytest.fixture(scope="module")
def charts() -> Iterator[Ring]:
    from visual_erm.renderers.chart import ChartRenderer

    renderer = ChartRenderer(workers=2, limits=Limits())
    yield _confined(renderer, secrets.token_hex(6))
    renderer.close()


@pytest.fixture(scope="module")
def svgs() -> Iterator[Ring]:
    from visual_erm.renderers.svg import SvgRenderer

    renderer = SvgRenderer(workers=2)
    yield _confined(renderer, secrets.token_hex(6))
    renderer.close()


@pytest.fixture(scope="module", params=["auto", "litehtml"])
def tables(request: pytest.FixtureRequest) -> Iterator[Ring]:
    from visual_erm import plugins

    renderer = plugins.find("renderers", "table")(backend=request.param)
    yield _ring(renderer, secrets.token_hex(6))
    renderer.close()


class Watch:
    """Largest resident memory of the workers, sampled while an attack runs."""

    def __init__(self, ring: Ring) -> None:
        self._own = ring.own
        self.peak = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self) -> None:
        while not self._stop.wait(0.05):
            with suppress(psutil.Error):
                for pid in self._own:
                    for child in psutil.Process(pid).children():
                        with suppress(psutil.Error):
                            self.peak = max(self.peak, child.memory_info().rss)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def _attempt(ring: Ring, source: str) -> tuple[Rendering | Failure, float]:
    """One attack; a machine that is too busy to tell is asked again."""
    for _ in range(3):
        started = time.monotonic()
        try:
            result: Rendering | Failure = ring.renderer.render(source, deadline=DEADLINE)
        except Fault as fault:
            result = fault.failure
        elapsed = time.monotonic() - started
        if not (isinstance(result, Failure) and result.code == "starved"):
            break
    return result, elapsed


def _said(result: Rendering | Failure) -> str:
    if isinstance(result, Failure):
        return f"{result.message} {result.detail}"
    pixels = np.asarray(result.image).reshape(-1, 3).astype(int)
    near = np.abs(pixels - np.array(arena_module.COLOUR)).max(axis=1) < 8
    seen = bytes(arena_module.COLOUR).hex() * 3 if near.sum() > 20 else ""
    return f"{result.warnings} {seen}"


def _attack(ring: Ring, attack: Attack, folder: Path) -> None:
    arena = Arena(folder, ring.mark)
    try:
        with Watch(ring) as watch:
            result, elapsed = _attempt(ring, arena.fill(attack.text))
        deadline = time.monotonic() + 20
        while True:  # a killed process takes a moment to leave the table
            successes = arena.successes(_said(result), _own(ring))
            if "processes" not in successes or time.monotonic() > deadline:
                break
        assert not successes, f"{attack.name}: {successes}: {result}"
        # many deadlines: a starved worker is given more time, and machines are shared
        assert elapsed < 20 * DEADLINE, result
        if isinstance(result, Failure):
            assert result.kind == "policy", result
            assert len(result.message) < 700 and len(result.detail) < 6000
            assert not {char for char in result.message if ord(char) < 32}
        if attack.oracles & {"policy"}:
            assert isinstance(result, Failure), f"{attack.name} was drawn"
        assert watch.peak < MEMORY + 500 * MIB
        after = ring.renderer.render(GOOD[ring.task], deadline=20)
        assert images.digest(after.image) == ring.good, "the attack changed a later picture"
        service = getattr(ring.renderer, "_service", None)
        assert service is None or service.restarts == 0, "the zygote was killed"
    finally:
        arena.close()


def _own(ring: Ring) -> set[int]:
    service = getattr(ring.renderer, "_service", None)
    return set(service.processes()) if service else ring.own


def test_corpus_is_large_enough() -> None:
    assert len(PROGRAMS) + len(DOCUMENTS) + len(TABLES) >= 70


@pytest.mark.parametrize("attack", PROGRAMS, ids=lambda attack: attack.name)
def test_program(charts: Ring, attack: Attack, tmp_path: Path) -> None:
    _attack(charts, attack, tmp_path)


@pytest.mark.parametrize("attack", DOCUMENTS, ids=lambda attack: attack.name)
def test_svg(svgs: Ring, attack: Attack, tmp_path: Path) -> None:
    _attack(svgs, attack, tmp_path)


@pytest.mark.skipif(not HAS_TABLES, reason="there is no table renderer yet")
@pytest.mark.parametrize("attack", TABLES, ids=lambda attack: attack.name)
def test_table(tables: Ring, attack: Attack, tmp_path: Path) -> None:
    _attack(tables, attack, tmp_path)


@pytest.mark.parametrize(
    "attack", [one for one in PROGRAMS if one.control], ids=lambda attack: attack.name
)
def test_control_succeeds_unconfined(attack: Attack, tmp_path: Path) -> None:
    """The same program, run as people run programs today, is caught by the same oracle."""
    if attack.name in ("read_shadow",) and not os.access("/etc/passwd", os.R_OK):
        pytest.skip("nothing to read")
    mark = secrets.token_hex(6)
    arena = Arena(tmp_path, mark)
    environment = {
        arena_module.MARK_VARIABLE: mark,
        "VERM_TEST_SECRET": arena.token,
        "MPLBACKEND": "agg",
        "PATH": os.environ["PATH"],
    }
    try:
        done = subprocess.run(
            [sys.executable, "-c", arena.fill(attack.text)],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=(error := (tmp_path / "stderr").open("w+b")),
            timeout=60,
            check=False,
        )
        error.close()
        text = (tmp_path / "stderr").read_text(errors="replace")
        successes = arena.successes(text, {done.returncode})
        for process in arena.processes():
            with suppress(psutil.Error):
                process.kill()
        assert attack.oracles & successes, f"{attack.name}: only {successes}: {text[-600:]}"
    finally:
        arena.close()
