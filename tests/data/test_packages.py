"""Packages are fetched whole, from where they are pinned, and nothing of them is run."""

import hashlib
import io
import json
import tarfile
import zipfile

import pytest

from visual_erm.data import packages, pypi
from visual_erm.data.packages import Package, fetch, refuse_reserved
from visual_erm.errors import BackendError, InputError

METADATA = "Metadata-Version: 2.1\nName: charted\nVersion: 1.0\nClassifier: {classifier}\n"
MIT = "License :: OSI Approved :: MIT License"
RUNS = "import pathlib\npathlib.Path({marker!r}).touch()\nraise SystemExit(1)\n"
"""A builder that leaves a trace."""


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes packages from, and an empty cache."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv(packages.CACHE, str(tmp_path / "cache"))
    return folder


def wheel(index, classifier=MIT):
    file = index / "charted-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("charted/data/cars.csv", "a,b\n1,2\n")
        archive.writestr("charted/code.py", "")
        archive.writestr("../escaped.txt", "")
        archive.writestr("charted-1.0.dist-info/METADATA", METADATA.format(classifier=classifier))
        archive.writestr("charted-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("charted-1.0.dist-info/RECORD", "")
    return file


def source(index, members):
    file = index / "charted-1.0.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(f"charted-1.0/{name}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return file


def pinned(file, under, **other):
    return Package(
        registry="pypi", name="charted", version="1.0", licence="MIT", task="chart",
        adapter="chart_examples", split="train", under=under,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(), **other,
    )  # fmt: skip


def test_a_wheel_is_fetched_and_only_its_data_unpacked(index, tmp_path):
    package = pinned(wheel(index), "charted/data")
    folder = fetch(package)
    assert (folder / "charted" / "data" / "cars.csv").read_text() == "a,b\n1,2\n"
    assert not (folder / "charted" / "code.py").exists()
    assert not list(tmp_path.rglob("escaped.txt"))
    assert [path.name for path in folder.parent.iterdir()] == ["charted@1.0"]
    for file in index.iterdir():
        file.unlink()
    assert fetch(package) == folder  # it is there


@pytest.mark.parametrize("backend", ["mesonpy", "setuptools.build_meta", ""])
def test_a_source_distribution_is_fetched_without_running_its_build(index, tmp_path, backend):
    marker = tmp_path / "ran"
    members = {
        "PKG-INFO": METADATA.format(classifier=MIT),
        "docs/example.py": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\n",
        "setup.py": RUNS.format(marker=str(marker)),
    }
    if backend:
        members["pyproject.toml"] = f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\n'
    file = source(index, members)
    folder = fetch(pinned(file, "docs", source=True))
    assert (folder / "docs" / "example.py").exists()
    assert not (folder / "setup.py").exists()
    assert not marker.exists()


def test_another_file_than_the_pinned_one_is_refused(index):
    package = pinned(wheel(index), "charted/data").model_copy(update={"sha256": "0" * 64})
    with pytest.raises(BackendError, match=r"cannot fetch charted 1\.0"):
        fetch(package)
    assert not list(packages.cache().glob("pypi/*"))


def test_another_licence_than_the_checked_one_is_refused(index):
    file = wheel(index, "License :: OSI Approved :: BSD License")
    with pytest.raises(InputError, match="states the licence BSD-3-Clause or BSD-2-Clause, not"):
        fetch(pinned(file, "charted/data"))


def test_a_stated_expression_counts_before_classifiers(tmp_path):
    text = METADATA.format(classifier=MIT) + "License-Expression: Apache-2.0\n"
    (tmp_path / "PKG-INFO").write_text(text)
    assert pypi.licences(tmp_path) == ("Apache-2.0",)


def test_a_damaged_archive_is_named(tmp_path):
    (tmp_path / "charted-1.0.tar.gz").write_bytes(b"\x1f\x8b nothing")
    with pytest.raises(InputError, match=r"charted-1\.0\.tar\.gz cannot be unpacked"):
        pypi.unpack(tmp_path / "charted-1.0.tar.gz", tmp_path / "out", "docs")


@pytest.mark.parametrize("name", ["matplotlib", "Seaborn", "networkx", "statsmodels", "@x/lucide"])
def test_what_is_kept_for_testing_is_refused(name):
    with pytest.raises(InputError, match="kept for testing"):
        refuse_reserved(name)


def test_no_family_serves_both_splits():
    split = {}
    for package in packages.pinned():
        assert split.setdefault(package.name, package.split) == package.split


def test_files_of_pypi_are_pinned_by_hash():
    record = {
        "registry": "pypi", "name": "charted", "version": "1.0", "licence": "MIT", "task": "chart",
        "adapter": "chart_examples", "split": "train",
    }  # fmt: skip
    with pytest.raises(ValueError, match="needs sha256"):
        Package.model_validate_json(json.dumps(record))
