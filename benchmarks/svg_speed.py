"""SVG rendering against a Python process per render, which is what people run.

    python -m benchmarks.svg_speed

Both sides end with the pixels as an array in the caller. Prints wall and CPU milliseconds per
render and the ratios, for the canvas of 512 pixels and for icons of 256.
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

import visual_erm
from visual_erm.renderers.svg import SvgRenderer

EXAMPLES = Path(visual_erm.__file__).parent / "examples" / "svg"
PROGRAMS = {
    "cairosvg": "import cairosvg, sys; sys.stdout.buffer.write(cairosvg.svg2png("
    "bytestring=sys.stdin.buffer.read(), output_width=int(sys.argv[1]), "
    "background_color='white'))",
    "resvg_py": "import resvg_py, sys; sys.stdout.buffer.write(bytes(resvg_py.svg_to_bytes("
    "svg_string=sys.stdin.read(), width=int(sys.argv[1]), background='#ffffff')))",
}


def fresh(package: str, side: int, source: str) -> None:
    """One render in a Python process of its own."""
    command = [sys.executable, "-c", PROGRAMS[package], str(side)]
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
        for package in PROGRAMS:
            if find_spec(package) is None:
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
