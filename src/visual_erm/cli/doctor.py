"""`verm doctor`: what this machine can do, found out by trying."""

from __future__ import annotations

import functools
import platform
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any, Literal

import typer

from visual_erm.cli import common
from visual_erm.errors import BackendError, VisualErmError, boundary
from visual_erm.types import TASKS, Task

DISTRIBUTION = "visual-erm"
_REQUIREMENT = re.compile(r"([\w.-]+).*?(?:extra == [\"'](\w+)[\"'])?$")
_SMALL: dict[Task, str] = {
    "chart": "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])",
    "table": "| a | b |\n|---|---|\n| 1 | 2 |",
    "svg": "<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'><circle r='40'/></svg>",
}


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    name: str
    state: Literal["ok", "missing", "failed"]
    """A missing thing is optional; a failed one makes the exit code 3."""
    detail: str


def doctor(as_json: common.JsonOption = False) -> None:
    """Say what draws, judges and confines on this machine.

    Exit code 3 when something that scoring needs does not work: a package, the models of the
    embedded judge, or full isolation of untrusted code (unless VISUAL_ERM_ISOLATION waives it).
    """
    checks = list(_checks())
    if as_json:
        common.print_json({"checks": [asdict(check) for check in checks]})
    else:
        _print(checks)
    failed = [check.name for check in checks if check.state == "failed"]
    if failed:
        raise BackendError(f"not fit to score: {', '.join(failed)}")


def _checks() -> Iterator[Check]:
    yield Check("python", "ok", f"{platform.python_version()} on {platform.platform()}")
    for package, extra in _requirements():
        yield _package(package, extra)
    probes: dict[str, Callable[[], tuple[bool, str]]] = {
        "isolation": _isolation,
        "browser": _browser,
        "fonts": _fonts,
        "reader": _reader,
        **{task: functools.partial(_draws, task) for task in TASKS},
    }
    for name, probe in probes.items():
        try:
            with boundary(name):
                works, detail = probe()
        except VisualErmError as error:
            works, detail = False, str(error)
        optional = name == "browser"
        yield Check(name, "ok" if works else "missing" if optional else "failed", detail)


def _requirements() -> list[tuple[str, str | None]]:
    """What we declare that we need, and for which extra; that of all extras adds nothing."""
    found = [_REQUIREMENT.match(line) for line in requires(DISTRIBUTION) or ()]
    return [(match[1], match[2]) for match in found if match and match[2] != "all"]


def _package(package: str, extra: str | None) -> Check:
    try:
        return Check(package, "ok", version(package))
    except PackageNotFoundError:
        if extra is None:
            return Check(package, "failed", f"not installed: pip install {package}")
        return Check(package, "missing", f"optional: pip install '{DISTRIBUTION}[{extra}]'")


def _isolation() -> tuple[bool, str]:
    from visual_erm.renderers import sandbox

    isolation = sandbox.probe()
    sandbox.demand(isolation)
    return True, isolation.sentence


def _browser() -> tuple[bool, str]:
    from visual_erm.renderers.devtools import find_browser

    path = find_browser()
    if path is None:
        return False, "none found: tables are drawn by litehtml (apt-get install chromium)"
    return True, str(path)


def _fonts() -> tuple[bool, str]:
    from visual_erm import fonts

    files = fonts.font_files()
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        return False, f"missing: {', '.join(missing)}"
    return True, f"{len(files)} files, fingerprint {fonts.fingerprint()[:12]}"


def _reader() -> tuple[bool, str]:
    """Draw a word and read it back."""
    import cv2

    from visual_erm import images
    from visual_erm.judges.ocr import Reader

    picture = images.blank(320, 80)
    cv2.putText(picture, "visual", (40, 55), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (0, 0, 0), 3)
    texts = [found.text for found in Reader().read(picture)]
    return texts == ["visual"], f"read {texts} where visual was written"


def _draws(task: Task) -> tuple[bool, str]:
    """Draw something small, confined as in training; twice, as the first waits for workers."""
    from visual_erm import renderers

    for _ in range(2):
        rendering = renderers.render(_SMALL[task], task=task)
    ink = "blank" if rendering.blank else f"{rendering.width} x {rendering.height} pixels"
    detail = f"drawn by {rendering.backend} in {1e3 * rendering.seconds:.0f} ms: {ink}"
    return not rendering.blank, detail


def _print(checks: list[Check]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = common.console()
    table = Table(box=None, show_header=False, pad_edge=False)
    styles: dict[Any, str] = {"ok": "green", "missing": "yellow", "failed": "bold red"}
    for check in checks:
        table.add_row(Text(check.state, styles[check.state]), check.name, Text(check.detail))
    out.print(table)
    typer.echo("", err=True)
