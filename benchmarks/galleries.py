"""Do the example scripts of seaborn and scikit-learn render, with the pixels of plain Python?

    python -m benchmarks.galleries [--folder DIR] [--sample N] [--seconds S] [PACKAGE ...]

Fetches the source distributions of the installed versions with pip, runs each example in a fresh
interpreter (`benchmarks.galleries_plain`) and, where that works without a network, through the
chart service. Prints the share that renders and the share with equal pixels, and every script that
does not. Left out and counted: scripts that plain Python does not finish in time or without the
network. Where pixels differ, plain Python runs once more: a script that does not draw the same
picture twice there is counted apart. seaborn's data sets are stand-ins (`benchmarks.gallery_data`).

Resumes: the folder holds a file of rows for each package and stage, `PACKAGE-plain.jsonl` with
plain Python's outcomes and `PACKAGE-ours.jsonl` with ours. Delete the second to measure anew what
has changed here, without waiting for plain Python again.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import gallery_data
from visual_erm import images
from visual_erm.errors import Fault
from visual_erm.jsonl import Records
from visual_erm.renderers.chart import chart_job
from visual_erm.renderers.job import Limits
from visual_erm.renderers.service import Service

if TYPE_CHECKING:
    from visual_erm.types import Image

PACKAGES = ("seaborn", "scikit-learn")


def fetch(package: str, folder: Path) -> Path:
    """The unpacked source distribution; pip is stopped once it has the archive.

    `pip download` of a source goes on to prepare its build, which takes minutes and is not needed.
    """
    stem = f"{package.replace('-', '_')}-{version(package)}"
    target = folder / stem
    if target.exists():
        return target
    temporary = folder / "pip"
    temporary.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
    command += ["--no-binary", package, f"{package}=={version(package)}", "-d", str(folder)]
    pip = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(temporary)})
    size = -1
    for _ in range(240):
        time.sleep(0.5)
        found = [*folder.glob(f"{stem}.tar.gz"), *temporary.rglob(f"{stem}.tar.gz")]
        if found and found[0].stat().st_size == size:
            with tarfile.open(found[0]) as archive:
                archive.extractall(folder, filter="data")
            break
        size = found[0].stat().st_size if found else -1
        if pip.poll() not in (None, 0):
            break
    pip.terminate()
    pip.wait()
    if not target.exists():
        raise SystemExit(f"pip did not fetch the source of {package} {version(package)}")
    return target


def plain(script: Path, picture: Path, seconds: float, data: Path) -> str:
    """Run it in a fresh interpreter; "" or why there is no picture."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(picture.parent), "TZ": "UTC"}
    environment |= {"PYTHONHASHSEED": "0", "MPLBACKEND": "agg", "SEABORN_DATA": str(data)}
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
    work = picture.parent / f"{picture.stem}-work"
    work.mkdir(exist_ok=True)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.galleries_plain", str(script), str(picture)],
            env=environment | {"PYTHONPATH": str(Path(__file__).parent.parent)},
            cwd=work,
            check=False,
            timeout=seconds,
            capture_output=True,
            text=True,
        )
    except subprocess.TimeoutExpired:
        return "too slow"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["?"])[-1][:160]
    return "" if picture.exists() else "no picture"


def compare(service: Service, script: Path, picture: Path) -> dict[str, Any]:
    """Draw it, and compare with the picture of plain Python."""
    try:
        output = service.run(script.read_bytes(), {})
    except Fault as fault:
        return {"rendered": False, "why": f"{fault.failure.code}: {fault.failure.message}"}
    if output.image is None:
        return {"rendered": False, "why": "a document in place of a picture"}
    different = difference(images.load(picture), output.image)
    return {"rendered": True, "equal": not different, "why": different}


def difference(expected: Image, image: Image) -> str:
    """What differs, in words; "" if nothing does."""
    if expected.shape != image.shape:
        return f"{expected.shape} expected, got {image.shape}"
    count = int((expected != image).any(axis=2).sum())
    return f"{count} pixels differ" if count else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/verm-galleries"))
    parser.add_argument("--sample", type=int, help="scripts of each package; all if absent")
    parser.add_argument("--seconds", type=float, default=60, help="for plain Python, per script")
    options = parser.parse_args()
    folder = options.folder.resolve()
    data = folder / "seaborn-data"
    gallery_data.write(data)
    job = chart_job(Limits(memory=4 << 30, cpu=3 * options.seconds, deadline=4 * options.seconds))
    job = type(job)(
        **{
            **vars(job),
            "read_only": (*job.read_only, str(data)),
            "environment": (*job.environment, ("SEABORN_DATA", str(data))),
        }
    )
    service = Service(job)
    for package in options.packages:
        source = fetch(package, folder)
        scripts = sorted((source / "examples").rglob("*.py"))
        if options.sample:
            scripts = random.Random(0).sample(scripts, min(options.sample, len(scripts)))
        run(package, scripts, service, folder, options.seconds)
    service.close()


def run(package: str, scripts: list[Path], service: Service, folder: Path, seconds: float) -> None:
    """Both stages for every script, as far as they are not done, and the outcome."""
    data = folder / "seaborn-data"

    def draw_plainly(script: Path) -> dict[str, Any]:
        picture = _picture(folder, script)
        picture.unlink(missing_ok=True)
        return {"plain": plain(script, picture, seconds, data)}

    def draw(script: Path) -> dict[str, Any]:
        picture = _picture(folder, script)
        row = compare(service, script, picture)
        if row["rendered"] and not row["equal"]:
            again = picture.with_suffix(".again.png")
            failed = plain(script, again, seconds, data)
            row["stable"] = not failed and not difference(images.load(picture), images.load(again))
        return row

    expected = stage(folder / f"{package}-plain.jsonl", scripts, folder, draw_plainly)
    ran = [script for script in scripts if not expected[_name(folder, script)]["plain"]]
    ours = stage(folder / f"{package}-ours.jsonl", ran, folder, draw)
    report(package, expected, ours)


def stage(
    path: Path, scripts: list[Path], folder: Path, work: Callable[[Path], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Rows by name; what is in the file already is not done again."""
    rows = {}
    with Records(path) as records:
        for script in scripts:
            name = _name(folder, script)
            row = records.done.get(name)
            if row is None:
                row = {"id": name} | work(script)
                records.append(row)
                print(".", end="", file=sys.stderr, flush=True)
            rows[name] = row
    return rows


def _name(folder: Path, script: Path) -> str:
    return str(script.relative_to(folder))


def _picture(folder: Path, script: Path) -> Path:
    return folder / f"{script.parent.name}-{script.stem}.png"


def report(
    package: str, expected: dict[str, dict[str, Any]], ours: dict[str, dict[str, Any]]
) -> None:
    """Print the shares, and every script that is left out or differs."""
    rendered = [row for row in ours.values() if row["rendered"]]
    unstable = [row for row in rendered if not row["equal"] and not row["stable"]]
    equal = [row for row in rendered if row["equal"]]
    stable = len(rendered) - len(unstable)
    print(f"\n{package}: {len(expected)} scripts, {len(ours)} run in plain Python and no network")
    print(f"  rendered {len(rendered)} ({len(rendered) / max(1, len(ours)):.1%})")
    print(f"  never twice the same in plain Python: {len(unstable)}")
    print(f"  pixels equal {len(equal)} of the other {stable} ({len(equal) / max(1, stable):.1%})")
    for name, row in expected.items():
        if row["plain"]:
            print(f"  left out: {Path(name).name}: {row['plain']}")
    for name, row in ours.items():
        if not row["rendered"] or not row["equal"]:
            apart = row["rendered"] and not row["stable"]
            print(f"  {'not the same twice' if apart else 'DIFFERS'}: {name}: {row['why']}")


if __name__ == "__main__":
    main()
