"""What `visual_erm` promises, and what importing it costs."""

import subprocess
import sys

import pytest

import visual_erm


def test_all_is_sorted_and_real():
    assert visual_erm.__all__ == sorted(visual_erm.__all__)
    for name in visual_erm.__all__:
        assert getattr(visual_erm, name) is not None


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = visual_erm.nonsense


def test_import_loads_nothing_heavy():
    program = "import sys, visual_erm; print(*sorted(m.partition('.')[0] for m in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    assert not {"numpy", "cv2", "pydantic", "matplotlib", "onnxruntime", "rich", "PIL"} & set(
        loaded
    )


def test_version_is_that_of_the_distribution():
    from importlib.metadata import version

    assert visual_erm.__version__ == version("visual-erm")
