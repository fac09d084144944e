"""How good is a judge on galleries, manuals and icon sets that nothing was made with?

    python -m benchmarks.real_sources [JUDGE ...] [--split kept] [--task chart] [--html PAGE]

The data engine's edits, on sources as people wrote them: example scripts of plotting galleries and
charts of docstrings, tables of manuals, and sets of icons, emoji, flags and logos. The pairs are
built once and kept beside those of `verm bench judge`, and what is printed is the same card. Rules
may be made by the split "tune"; of "kept" only figures are read, nobody looks at its pictures.

Scripts come with source distributions of the installed packages (BSD licences; Matplotlib's is
like Python's), tables with packages of Debian, drawings with packages `@iconify-json/NAME` of npm;
nothing of them is in this repository. Scripts that ask for the network or for windows are passed
over, and seaborn's data sets, which are downloads, are stand-ins (`benchmarks.gallery_data`).
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from benchmarks import docstring_charts, gallery_data
from benchmarks.galleries import fetch
from benchmarks.judge import icons
from benchmarks.judge.table_manuals import install
from visual_erm.cli.bench import judge
from visual_erm.data import build, packages, seeds
from visual_erm.data.make import REVISION
from visual_erm.data.recipe import Recipe
from visual_erm.data.records import Seed
from visual_erm.data.tables.seeds import table_folder
from visual_erm.types import Task

Split = Literal["tune", "kept"]
PAIRS, PER_SEED = 300, 5

SCRIPTS: Mapping[Split, Mapping[str, tuple[str, ...]]] = {
    "tune": {"scikit-learn": ("examples",), "scikit-image": ("doc/examples",)},
    "kept": {
        "matplotlib": ("galleries/examples", "galleries/plot_types"),
        "seaborn": ("examples",),
        "networkx": ("examples",),
        "statsmodels": ("examples/python",),
    },
}
"""Folders of example scripts by package of PyPI."""
DOCSTRINGS: Mapping[Split, Mapping[str, str]] = {
    "tune": {"scipy": "BSD-3-Clause", "pandas": "BSD-3-Clause"},
    "kept": {},
}
"""Installed packages whose docstrings draw, and their licences."""
MANUALS: Mapping[Split, Mapping[str, str]] = {
    "tune": {
        "python3.11-doc": "PSF-2.0",
        "sqlite3-doc": "blessing",
        "postfix-doc": "EPL-2.0",
    },
    "kept": {
        "r-doc-html": "GPL-2.0-or-later",
        "postgresql-doc-15": "PostgreSQL",
        "nodejs-doc": "MIT",
    },
}
"""Packages of Debian 12, and their licences."""
ICONS: Mapping[Split, Mapping[str, str]] = {
    "tune": {
        "feather": "MIT",
        "majesticons": "MIT",
        "mdi": "Apache-2.0",
        "solar": "CC-BY-4.0",
        "fxemoji": "Apache-2.0",
        "skill-icons": "MIT",
        "vscode-icons": "MIT",
    },
    "kept": {
        "lucide": "ISC",
        "tabler": "MIT",
        "twemoji": "CC-BY-4.0",
        "openmoji": "CC-BY-SA-4.0",
        "flag": "MIT",
        "devicon": "MIT",
        "bi": "MIT",
    },
}
"""Sets of `@iconify-json`, and their licences."""

ELSEWHERE = re.compile(r"fetch_|read_html|get_rdataset|urlopen|requests|pooch|skimage\.data import")
"""What asks for the network."""
WINDOWS = frozenset(("animation", "event_handling", "user_interfaces", "widgets"))
"""Folders of scripts that need a window."""
A_MANUAL, A_SET, DRAWN = 600, 60, 80
"""Most pages of a manual, icons of a set, and docstrings of a package."""


def scripts(package: str, folders: tuple[str, ...]) -> list[Seed]:
    """The example scripts of one package."""
    base = fetch(package, _sources())
    licence = "LicenseRef-matplotlib" if package == "matplotlib" else "BSD-3-Clause"
    found: list[Seed] = []
    for folder in folders:
        for seed in seeds.program_folder(base / folder, licence):
            if ELSEWHERE.search(seed.source) or WINDOWS & set(Path(seed.id).parts):
                continue
            source = _with_data(seed.source)
            if source is not None:
                found.append(
                    seed.model_copy(update={"id": f"{package}/{seed.id}", "source": source})
                )
    return found


def docstrings(package: str, licence: str) -> list[Seed]:
    """Some of the charts in one package's docstrings."""
    programs = {
        name: source
        for name, source in docstring_charts.examples(package).items()
        if not ELSEWHERE.search(source)
    }
    names = random.Random(package).sample(sorted(programs), min(DRAWN, len(programs)))
    return [
        Seed(
            id=f"{package}/{name}",
            task="chart",
            source=programs[name],
            family=package,
            licence=licence,
            provenance=f"docstring:{package}/{name}",
        )
        for name in names
    ]


def _with_data(source: str) -> str | None:
    """A script with the data sets written into it; None where one is not known."""
    names = sorted(set(re.findall(r"sns\.load_dataset\(\"(\w+)\"", source)))
    if not names:
        return source
    files = _data_sets()
    if not files.keys() >= set(names):
        return None
    lines = ["import io as _io", "import pandas as _pd", "_files = {}"]
    lines += [f"_files[{name!r}] = {files[name]!r}" for name in names]
    lines += [
        "def _load(name, **more):",
        "    return _pd.read_csv(_io.StringIO(_files[name]), **more)",
    ]
    return "\n".join([*lines, source.replace("sns.load_dataset(", "_load(")])


@cache
def _data_sets() -> dict[str, str]:
    """The stand-ins as CSV, by name."""
    with tempfile.TemporaryDirectory() as folder:
        gallery_data.write(Path(folder))
        return {path.stem: path.read_text() for path in Path(folder).glob("*.csv")}


def manual(package: str, licence: str) -> list[Seed]:
    """The tables in some pages of a manual."""
    pages = [
        path
        for path in sorted(install(package).rglob("*.html"))
        if path.is_file() and not path.is_symlink() and b"<table" in path.read_bytes()
    ]
    random.Random(package).shuffle(pages)
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / package
        inside.mkdir()
        for number, path in enumerate(pages[:A_MANUAL]):
            (inside / f"{number:03}-{path.name}").write_bytes(path.read_bytes())
        return table_folder(Path(folder), licence)


def drawings(name: str, licence: str) -> list[Seed]:
    """Some drawings of a set."""
    return [
        Seed(
            id=icon.name.replace(":", "/"),
            task="svg",
            source=icon.svg,
            family=name,
            licence=licence,
            provenance=f"npm:@iconify-json/{icon.name}",
        )
        for icon in icons.pick_from([name], A_SET, seed=0)
    ]


def corpus(task: Task, split: Split) -> dict[str, list[Seed]]:
    """Seeds by the package that they come from."""
    if task == "chart":
        written = {name: docstrings(name, licence) for name, licence in DOCSTRINGS[split].items()}
        return {n: scripts(n, folders) for n, folders in SCRIPTS[split].items()} | written
    sets: Mapping[Split, Mapping[str, str]] = MANUALS if task == "table" else ICONS
    read: Callable[[str, str], list[Seed]] = manual if task == "table" else drawings
    return {name: read(name, licence) for name, licence in sets[split].items()}


def built(task: Task, split: Split) -> Path:
    """The folder of pairs; built unless it is there."""
    recipe = Recipe(name=f"{split}-{task}", seed=0, pairs={task: PAIRS}, per_seed=PER_SEED)
    folder = _sources() / f"{split}-{task}-{REVISION}"
    if not (folder / "README.md").exists():
        build(recipe, folder, corpus=corpus(task, split))
    return folder


def _sources() -> Path:
    folder = packages.cache() / "real_sources"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("judges", nargs="*", metavar="JUDGE", default=["embedded"])
    parser.add_argument("--split", choices=get_args(Split), default="tune")
    parser.add_argument("--task", choices=get_args(Task), action="append", help="all, if none")
    parser.add_argument("--out", type=Path, default=Path("bench"), help="verdicts; resumed")
    parser.add_argument("--html", type=Path, help="the page of worst cases; of the split tune only")
    options = parser.parse_args()
    if options.html and options.split == "kept":
        parser.error("nobody looks at the pairs of the split kept")
    folders = [built(task, options.split) for task in options.task or get_args(Task)]
    judge(options.judges, pairs=folders, out=options.out / options.split, html=options.html)


if __name__ == "__main__":
    main()
