"""Small real pictures and rows for the commands."""

import json

import numpy as np
import pytest

from visual_erm import images


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """a.png and b.png differ by one square; the working directory is elsewhere."""
    place = tmp_path / "pictures"
    place.mkdir()
    reference = np.full((120, 160, 3), 255, np.uint8)
    reference[20:60, 20:70] = (30, 120, 180)
    candidate = reference.copy()
    candidate[70:100, 100:140] = (200, 40, 40)
    (place / "a.png").write_bytes(images.encode_png(reference))
    (place / "b.png").write_bytes(images.encode_png(candidate))
    (place / "white.png").write_bytes(images.encode_png(np.full((90, 90, 3), 255, np.uint8)))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return place


@pytest.fixture
def write_rows(folder):
    """Write rows to p.jsonl in the pictures' folder."""

    def write(*rows):
        path = folder / "p.jsonl"
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("".join(line + "\n" for line in lines))
        return path

    return write
