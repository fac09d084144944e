"""SVG rendering against a Python process per render, which is what people run.

    python -m benchmarks.svg_speed

Both sides end with the pixels as an array in the caller. Prints wall and CPU milliseconds per
render and the ratios, for the canvas of 512 pixels and for icons of 256. "checked" is a process
that does what the worker does: our checks, our fonts and no others, then resvg. The floor is what
resvg takes to draw a checked document in this process; its binding gives pixels as PNG only.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image
from resvg import render, usvg

import visual_erm
from visual_erm import fonts
from visual_erm.renderers import svg_source, svg_worker
from visual_erm.renderers.svg import SvgRenderer

EXAMPLES = Path(visual_erm.__file__).parent / "examples" / "svg"
PROGRAMS = {
    "cairosvg": "import cairosvg, sys; sys.stdout.buffer.write(cairosvg.svg2png("
    "bytestring=sys.stdin.buffer.read(), output_width=int(sys.argv[1]), "
    "background_color='white'))",
    "resvg_py": "import resvg_py, sys; sys.stdout.buffer.write(bytes(resvg_py.svg_to_bytes("
    "svg_string=sys.stdin.read(), width=int(sys.argv[1]), background='#ffffff')))",
    "resvg_py, checked": "import resvg_py, sys; from visual_erm.renderers import svg_source; "
    "document = svg_source.read(sys.stdin.buffer.read(), repair='strict', rasters=False, "
    "max_side=int(sys.argv[1])); sys.stdout.buffer.write(bytes(resvg_py.svg_to_bytes("
    "svg_string=document.text, background='#ffffff', skip_system_fonts=True, "
    "font_files=sys.argv[2:])))",
}


def fresh(package: str, side: int, source: str) -> None:
    """One render in a Python process of its own."""
    command = [sys.executable, "-c", PROGRAMS[package], str(side)]
    command += map(str, fonts.font_files())
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=True)
    np.asarray(Image.open(io.BytesIO(done.stdout)).convert("RGB"))


def timed(
    draw: Callable[[str], object], sources: list[str], cpu: Callable[[], float]
) -> list[float]:
    """Milliseconds per render: wall, CPU."""
    wall, spent = time.perf_counter(), cpu()
    for source in sources:
        draw(source)
    count = len(sources)
    return [1e3 * (time.perf_counter() - wall) / count, 1e3 * (cpu() - spent) / count]


def reaped() -> float:
    """Seconds of processor time of this process and of the children it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def floor(side: int, source: str) -> list[float]:
    """Milliseconds that drawing and writing PNG takes, and reading it: the least of a few."""
    document = svg_source.read(source.encode(), repair="strict", max_side=side, rasters=False)
    least = [float("inf")] * 2
    for _ in range(9):
        started = time.perf_counter()
        tree = usvg.Tree.from_str(document.text, svg_worker.options())
        png = render(tree, svg_worker.IDENTITY, bg_color=svg_worker.WHITE)
        drawn = time.perf_counter()
        svg_worker.pixels(png)
        times = drawn - started, time.perf_counter() - drawn
        least = [min(old, 1e3 * new) for old, new in zip(least, times, strict=True)]
    return least


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--repeats", type=int, default=200, help="renders by the warm worker")
    options.add_argument("--processes", type=int, default=16, help="renders by fresh processes")
    arguments = options.parse_args()
    texts = [path.read_text() for path in sorted(EXAMPLES.rglob("reference.svg"))]
    many = (texts * arguments.repeats)[: arguments.repeats]
    few = (texts * arguments.processes)[: arguments.processes]
    for side in (512, 256):
        renderer = SvgRenderer(max_side=side, workers=1)
        renderer.render(texts[0])
        ids = renderer._service.processes()

        def spent(ids: list[int] = ids) -> float:
            stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2] for pid in ids]
            ticks = sum(int(part) for stat in stats for part in stat.split()[11:13])
            return reaped() + ticks / os.sysconf("SC_CLK_TCK")

        ours = timed(renderer.render, many, spent)
        renderer.close()
        print(f"{side} px: warm worker {ours[0]:.1f} ms wall, {ours[1]:.1f} ms CPU per render")
        floors = np.mean([floor(side, text) for text in texts], axis=0)
        print(f"  floor: resvg with PNG {floors[0]:.1f} ms, reading the PNG {floors[1]:.1f} ms")
        for package in PROGRAMS:
            if find_spec(package.partition(",")[0]) is None:
                print(f"  {package}: not installed")
                continue
            theirs = timed(partial(fresh, package, side), few, reaped)
            print(
                f"  a process with {package}: {theirs[0]:.0f} ms wall, {theirs[1]:.0f} ms CPU; "
                f"ratio {theirs[0] / ours[0]:.1f} wall, {theirs[1] / ours[1]:.1f} CPU"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
