"""Packages of PyPI as sources of seeds: one pinned file each, by pip, checked against its hash.

pip wants to know what a source distribution depends on, and runs its build for that. Here it finds
`BACKEND` in place of what builds the package, which writes a name and a version and runs nothing;
a source distribution that brings its own builder (`backend-path`) must not be pinned.
"""

from __future__ import annotations

import email.parser
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from visual_erm.errors import BackendError, InputError

SECONDS = 600.0
BUILDERS = ("mesonpy.py", "setuptools/build_meta.py", "hatchling/build.py", "flit_core/buildapi.py")
"""Modules that build packages; every one of them is replaced."""
BACKEND = """
import pathlib
import sys

__legacy__ = sys.modules[__name__]  # builds packages without a pyproject.toml

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    name = "{name}-{version}.dist-info"
    made = pathlib.Path(folder, name)
    made.mkdir()
    made.joinpath("METADATA").write_text(
        "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
    )
    return name
"""
CLASSIFIED = {
    "MIT License": ("MIT",),
    "BSD License": ("BSD-3-Clause", "BSD-2-Clause"),
    "Apache Software License": ("Apache-2.0",),
}
"""Licences that a classifier may mean."""


def download(name: str, version: str, sha256: str, folder: Path, *, source: bool) -> Path:
    """Fetch the file of a release with this hash.

    Args:
        name: of the package.
        version: of the release.
        sha256: of the file; pip refuses any other.
        folder: empty; where to.
        source: the source distribution, in place of a wheel.

    Raises:
        BackendError: pip is not installed, or the index does not answer with that file.
    """
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{name}=={version} --hash=sha256:{sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--dest", str(folder / "files"), "--requirement", str(wanted)]
    environment = dict(os.environ)
    if source:
        command += ["--no-binary", ":all:", "--no-build-isolation", "--use-pep517"]
        environment["PYTHONPATH"] = str(_builders(folder / "builders", name, version))
    else:
        command += ["--only-binary", ":all:"]
    try:
        done = subprocess.run(  # noqa: S603 - pip with fixed arguments and a pinned name
            command, capture_output=True, text=True, timeout=SECONDS, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        raise BackendError(f"pip did not fetch {name} {version} in {SECONDS:.0f} s") from None
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "ERROR" in line]
        why = (errors or done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BackendError(f"pip cannot fetch {name} {version}: {why}")
    (file,) = (folder / "files").iterdir()
    return file


def _builders(folder: Path, name: str, version: str) -> Path:
    for builder in BUILDERS:
        path = folder / builder
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.parent != folder:  # without it, the installed package of that name comes first
            path.with_name("__init__.py").touch()
        path.write_text(BACKEND.format(name=name, version=version), encoding="utf-8")
    return folder


def unpack(file: Path, folder: Path, under: str) -> None:
    """Unpack what stands below a folder of an archive, and what the package says of itself.

    A source distribution loses its outermost folder, which is named like the release.

    Raises:
        InputError: the archive holds a path that leads out of it.
    """
    try:
        if file.suffix == ".whl":
            with zipfile.ZipFile(file) as wheel:
                for name in wheel.namelist():
                    if name.startswith(f"{under}/") or name.endswith(".dist-info/METADATA"):
                        wheel.extract(name, folder)  # leaves out what would lead outside
            return
        with tarfile.open(file) as archive:
            for member in archive:
                member.name = member.name.partition("/")[2]
                if member.name.startswith(f"{under}/") or member.name == "PKG-INFO":
                    archive.extract(member, folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        raise InputError(f"{file.name} cannot be unpacked: {error}") from None


def licences(folder: Path) -> tuple[str, ...]:
    """SPDX expressions that the package's licence may be, by its own metadata."""
    found = email.parser.Parser().parsestr(_metadata(folder), headersonly=True)
    expression = found.get("License-Expression")
    return (expression,) if expression else tuple(_classified(found.get_all("Classifier", [])))


def _classified(classifiers: list[str]) -> Iterator[str]:
    for text in classifiers:
        if text.startswith("License ::"):
            yield from CLASSIFIED.get(text.rpartition(" :: ")[2], ())


def _metadata(folder: Path) -> str:
    found = [*folder.glob("PKG-INFO"), *folder.glob("*.dist-info/METADATA")]
    return found[0].read_text(encoding="utf-8") if found else ""
