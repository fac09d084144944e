"""Ordinary programs: each file of `tests/programs` says in its head what it must give.

`file NAME`: the pixels of the file NAME that plain `python program.py` writes; `about NAME`: nearly
those (JPEG); `same PROGRAM`: the pixels of another program; `fault CODE`; `blank`; `drawn`;
`document KIND WORDS`: a figure as JSON, in which these stand. `warns`: words that a warning must
contain.
"""

import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image

from visual_erm import images
from visual_erm.errors import PolicyFault
from visual_erm.renderers.chart import chart_job
from visual_erm.renderers.service import Service

FOLDER = Path(__file__).parent.parent / "programs"
PROGRAMS = sorted(path for path in FOLDER.glob("*.py") if path.name != "conftest.py")


@pytest.fixture(scope="module")
def service():
    service = Service(chart_job())
    yield service
    service.close()


def head(path):
    lines = path.read_text().splitlines()
    found = dict(line[2:].split(": ", 1) for line in lines[:2] if line.startswith("# "))
    return found["expect"].split(), found.get("warns")


def plain(path, name, folder):
    """Pixels of the file that a fresh interpreter without any of our code writes.

    It finds the fonts that Matplotlib brings and no others: style sheets ask for fonts that some
    machines have.
    """
    config = folder / "config"
    config.mkdir()
    manager = font_manager.FontManager.__new__(font_manager.FontManager)
    vars(manager).update(vars(font_manager.fontManager))
    own = matplotlib.get_data_path()
    manager.ttflist = [entry for entry in manager.ttflist if entry.fname.startswith(own)]
    version = font_manager.FontManager.__version__
    font_manager.json_dump(manager, config / f"fontlist-v{version}.json")
    work = folder / "work"
    work.mkdir()
    environment = {"MPLBACKEND": "agg", "MPLCONFIGDIR": str(config), "PYTHONHASHSEED": "0"}
    environment |= {"PATH": os.environ["PATH"], "HOME": str(folder)}
    subprocess.run(
        [sys.executable, str(path)],
        cwd=work,
        env=environment,
        check=True,
        timeout=120,
        capture_output=True,
    )
    with Image.open(work / name) as opened:
        return images.on_white(np.asarray(opened.convert("RGBA")))


def draw(service, path):
    return service.run(path.read_bytes(), {})


def test_there_are_at_least_fifty_programs():
    assert len(PROGRAMS) >= 50


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program(service, path):
    (kind, *rest), warns = head(path)
    if kind == "fault":
        with pytest.raises(PolicyFault) as caught:
            draw(service, path)
        assert caught.value.failure.code == rest[0]
        return
    output = draw(service, path)
    if warns:
        assert any(warns in warning for warning in output.meta["warnings"]), output.meta
    if kind == "document":
        assert output.meta["kind"] == rest[0]
        assert output.document
        assert all(word.encode() in output.document for word in rest[1:])
        return
    assert images.is_blank(output.image) == (kind == "blank")
    if kind == "same":
        np.testing.assert_array_equal(output.image, draw(service, path.with_stem(rest[0])).image)


EQUAL = [path for path in PROGRAMS if head(path)[0][0] in ("file", "about")]


@pytest.mark.slow
@pytest.mark.parametrize("path", EQUAL, ids=lambda path: path.stem)
def test_pixels_are_those_of_plain_python(service, path, tmp_path):
    (kind, name), _ = head(path)
    expected, got = plain(path, name, tmp_path), draw(service, path).image
    assert expected.shape == got.shape
    difference = np.abs(expected.astype(int) - got.astype(int))
    assert difference.mean() < 3 if kind == "about" else difference.max() == 0
