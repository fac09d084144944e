"""Packages of registries that seeds are taken from: pinned, with their licences, fetched on demand.

Nothing of them is in this package. `packages.json` lists name, version and licence; a package whose
own licence field says something else is refused, because what was checked is no longer so.

The sets kept for testing (see `RESERVED`) are refused as well, whoever asks.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

from visual_erm.data import pypi
from visual_erm.data.records import Seed
from visual_erm.errors import BackendError, InputError
from visual_erm.types import Task

CACHE = "VISUAL_ERM_CACHE"
"""Variable that names the folder for packages; `~/.cache/visual-erm` without it."""
RESERVED = frozenset(
    (
        *("lucide", "tabler", "twemoji", "openmoji", "flag", "flag-icons", "flagpack", "devicon"),
        *("devicon-plain", "bootstrap-icons", "bi", "openclipart"),
        *("matplotlib", "seaborn", "networkx", "statsmodels"),
    )
)
"""Icon sets and galleries kept for testing: never in training, tuning or severity rules."""
_SECONDS = 600.0


class Package(BaseModel):
    """One pinned package."""

    model_config = ConfigDict(frozen=True)

    registry: Literal["npm", "pypi"]
    name: str
    version: str
    licence: str
    """SPDX expression that the package itself states."""
    task: Task
    adapter: str
    """How seeds are read from it; a function of `seeds`."""
    split: Literal["train", "dev"]
    """A family never serves both."""
    sha256: str = ""
    """Of the file that pip fetches; npm checks what it fetches itself."""
    source: bool = False
    """Whether that is the source distribution, in place of a wheel."""
    under: str = ""
    """The folder of the file that is unpacked."""

    @model_validator(mode="after")
    def _whole(self) -> Package:
        if self.registry == "pypi" and not (self.sha256 and self.under):
            raise ValueError(f"{self.name} needs sha256 and under, as it is of PyPI")
        return self

    @property
    def reference(self) -> str:
        """For provenance: `npm:@iconify-json/ph@1.2.2`."""
        return f"{self.registry}:{self.name}@{self.version}"

    def seed(self, name: str, source: str, where: str, *, family: str = "") -> Seed:
        """A seed that comes from this package.

        Args:
            name: unique in the package.
            source: what draws.
            where: it was found in the package.
            family: the package's name without it.
        """
        family = family or self.name.removeprefix("@")
        return Seed(
            id=f"{family}/{name}",
            task=self.task,
            source=source,
            family=family,
            licence=self.licence,
            provenance=f"{self.reference}/{where}",
        )


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
    if name.rpartition("/")[2].lower().replace("_", "-") in RESERVED:
        raise InputError(f"{name} is kept for testing; data made from it would spoil the test")


def cache() -> Path:
    """Where packages are unpacked."""
    given = os.environ.get(CACHE)
    return Path(given) if given else Path("~/.cache/visual-erm").expanduser()


def fetch(package: Package) -> Path:
    """The package's folder, fetched unless it is there.

    Raises:
        BackendError: npm or pip is not installed, or the registry does not answer.
        InputError: the package states another licence than the one that was checked.
    """
    root = cache() / package.registry / f"{package.name.replace('/', '+')}@{package.version}"
    if package.registry == "pypi":
        _once(root, lambda part: _unpacked(package, part))
        folder, stated = root, pypi.licences(root)
    else:
        _once(root, lambda part: _install(package, part))
        folder = root / "node_modules" / package.name
        manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        stated = (str(manifest.get("license")),)
    if package.licence not in stated:
        found = " or ".join(stated) or "none that is known"
        raise InputError(f"{package.reference} states the licence {found}, not {package.licence}")
    return folder


def _once(root: Path, fill: Callable[[Path], None]) -> None:
    """Make a folder whole or not at all, unless it is there."""
    if root.exists():
        return
    part = root.with_name(f"{root.name}.{os.getpid()}")
    part.mkdir(parents=True, exist_ok=True)
    try:
        fill(part)
        with contextlib.suppress(OSError):  # another process was faster
            part.rename(root)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _unpacked(package: Package, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        file = pypi.download(
            package.name, package.version, package.sha256, Path(temporary), source=package.source
        )
        pypi.unpack(file, folder, package.under)


def _install(package: Package, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise BackendError("npm is needed to fetch seeds (Debian: apt install npm)")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        done = subprocess.run(  # noqa: S603 - npm with fixed arguments and a pinned name
            [*command, "--prefix", str(folder), f"{package.name}@{package.version}"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BackendError(f"npm did not fetch {package.reference} in {_SECONDS:.0f} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise BackendError(f"npm cannot fetch {package.reference}: {lines[-1]}")
