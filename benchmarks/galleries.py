"""Do the example scripts of seaborn and scikit-learn render, with the pixels of plain Python?

    python -m benchmarks.galleries [--folder DIR] [--sample N] [--seconds S] [PACKAGE ...]

Fetches the source distributions of the installed versions with pip, runs each example in a fresh
interpreter (`benchmarks.galleries_plain`) and, where that works without a network, through
`ChartRenderer`. Prints the share that renders and the share with equal pixels, and every script
that does not. Scripts that plain Python does not finish in time or without the network are counted
and left out. seaborn's data sets are stand-ins (`benchmarks.gallery_data`). Resumes.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tarfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import gallery_data
from visual_erm import images
from visual_erm.errors import Fault
from visual_erm.jsonl import Records
from visual_erm.renderers.chart import chart_job
from visual_erm.renderers.job import Limits
from visual_erm.renderers.service import Service

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
    expected = images.load(picture)
    if expected.shape != output.image.shape:
        why = f"{expected.shape} expected, got {output.image.shape}"
        return {"rendered": True, "equal": False, "why": why}
    different = int((expected != output.image).any(axis=2).sum())
    return {"rendered": True, "equal": different == 0, "why": f"{different} pixels differ"}


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
    """Compare every script and print the outcome."""
    rows = []
    with Records(folder / f"{package}.jsonl") as records:
        for script in scripts:
            name = str(script.relative_to(folder))
            row = records.done.get(name)
            if row is None:
                picture = folder / f"{script.parent.name}-{script.stem}.png"
                picture.unlink(missing_ok=True)
                row = {
                    "id": name,
                    "plain": plain(script, picture, seconds, folder / "seaborn-data"),
                }
                if not row["plain"]:
                    row |= compare(service, script, picture)
                records.append(row)
                print(".", end="", file=sys.stderr, flush=True)
            rows.append(row)
    ran = [row for row in rows if not row["plain"]]
    rendered = [row for row in ran if row["rendered"]]
    equal = [row for row in rendered if row["equal"]]
    share = np.array([len(rendered), len(equal)]) / max(1, len(ran))
    print(f"\n{package}: {len(rows)} scripts, {len(ran)} run in plain Python without a network")
    print(
        f"  rendered {len(rendered)} ({share[0]:.1%}), pixels equal {len(equal)} ({share[1]:.1%})"
    )
    for row in rows:
        if row["plain"]:
            print(f"  left out: {Path(row['id']).name}: {row['plain']}")
        elif not (row["rendered"] and row["equal"]):
            print(f"  DIFFERS: {row['id']}: {row['why']}")


if __name__ == "__main__":
    main()
