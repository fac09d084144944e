"""Packages of registries that seeds are taken from: pinned, with their licences, fetched on demand.

Nothing of them is in this package. `packages.json` lists name, version and licence; a package whose
own licence field says something else is refused, because what was checked is no longer so.

The sets kept for testing (see `RESERVED`) are refused as well, whoever asks.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from visual_erm.errors import BackendError, InputError
from visual_erm.types import Task

CACHE = "VISUAL_ERM_CACHE"
"""Variable that names the folder for packages; `~/.cache/visual-erm` without it."""
RESERVED = frozenset(
    (
        *("lucide", "tabler", "twemoji", "openmoji", "flag", "flag-icons", "flagpack", "devicon"),
        *("devicon-plain", "bootstrap-icons", "bi", "openclipart"),
    )
)
"""Icon sets kept for testing: never in training, tuning or severity rules."""
_SECONDS = 600.0


class Package(BaseModel):
    """One pinned package."""

    model_config = ConfigDict(frozen=True)

    registry: Literal["npm"]
    name: str
    version: str
    licence: str
    """SPDX expression that the package itself states."""
    task: Task
    adapter: str
    """How seeds are read from it; a function of `seeds`."""
    split: Literal["train", "dev"]
    """A family never serves both."""

    @property
    def reference(self) -> str:
        """For provenance: `npm:@iconify-json/ph@1.2.2`."""
        return f"{self.registry}:{self.name}@{self.version}"


def pinned() -> tuple[Package, ...]:
    """Every package that is known."""
    text = files("visual_erm.data").joinpath("packages.json").read_text(encoding="utf-8")
    found = tuple(TypeAdapter(list[Package]).validate_json(text))
    for package in found:
        refuse_reserved(package.name)
    return found


def refuse_reserved(name: str) -> None:
    """Raise for a package that is kept for testing.

    Raises:
        InputError: it is.
    """
    if name.rpartition("/")[2] in RESERVED:
        raise InputError(f"{name} is kept for testing; data made from it would spoil the test")


def cache() -> Path:
    """Where packages are unpacked."""
    given = os.environ.get(CACHE)
    return Path(given) if given else Path("~/.cache/visual-erm").expanduser()


def fetch(package: Package) -> Path:
    """The package's folder, installed unless it is there.

    Raises:
        BackendError: npm is not installed, or the registry does not answer.
        InputError: the package states another licence than the one that was checked.
    """
    root = cache() / "npm" / f"{package.name.replace('/', '+')}@{package.version}"
    folder = root / "node_modules" / package.name
    manifest = folder / "package.json"
    if not manifest.is_file():
        _install(package, root)
    stated = json.loads(manifest.read_text(encoding="utf-8")).get("license")
    if stated != package.licence:
        raise InputError(
            f"{package.reference} states the licence {stated!r}, not {package.licence!r}"
        )
    return folder


def _install(package: Package, root: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise BackendError("npm is needed to fetch seeds (Debian: apt install npm)")
    part = root.with_name(f"{root.name}.{os.getpid()}")
    part.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(part)]
    try:
        done = subprocess.run(  # noqa: S603 - npm with fixed arguments and a pinned name
            [*command, f"{package.name}@{package.version}"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        shutil.rmtree(part, ignore_errors=True)
        raise BackendError(f"npm did not fetch {package.reference} in {_SECONDS:.0f} s") from None
    if done.returncode:
        shutil.rmtree(part, ignore_errors=True)
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise BackendError(f"npm cannot fetch {package.reference}: {lines[-1]}")
    if root.exists():  # another process was faster
        shutil.rmtree(part)
    else:
        part.rename(root)
