"""What smoothing and compression make of small things, and what is said where nothing was."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.judges.test_svg import PARTS, READER, draw, edited, judged
from visual_erm.judges import svg, trust
from visual_erm.judges.embedded import EmbeddedJudge


def compressed(image: np.ndarray, quality: int) -> np.ndarray:
    kept = io.BytesIO()
    Image.fromarray(image).save(kept, "JPEG", quality=quality)
    return np.asarray(Image.open(kept).convert("RGB"))


def test_the_colour_of_a_thin_line_that_compression_spreads_is_the_same() -> None:
    hand = '<line x1="50" y1="58" x2="50" y2="76" stroke="#d32f2f" stroke-width="1.2"/>'
    reference = draw({"hand": hand}, 300)
    assert judged(reference, compressed(reference, 40)) == []
    (error,) = judged(reference, draw({"hand": hand.replace("#d32f2f", "#2f62d3")}, 300))
    assert error.category == "style_error"


def test_strokes_and_rings_in_a_row_are_no_text() -> None:
    bars = {
        f"bar{x}": f'<line x1="{x + 3}" y1="40" x2="{x}" y2="50" stroke="#222" stroke-width="2.4"/>'
        for x in (20, 28, 36)
    }
    ring = '<ellipse cx="{}" cy="80" rx="4" ry="5" fill="none" stroke="#222" stroke-width="1.6"/>'
    rings = {f"ring{x}": ring.format(x) for x in (20, 31, 42)}
    assert svg.see(draw(bars), READER).texts == ()
    assert svg.see(draw(rings), READER).texts == ()
    (error,) = judged(draw(bars), draw({k: v for k, v in bars.items() if k != "bar36"}))
    assert error.category == "structure_error"


def test_gaps_are_dashes_where_another_line_crosses() -> None:
    frame = (
        '<path d="M8 8h70a14 14 0 0 1 14 14v56a14 14 0 0 1 -14 14h-70z" fill="none" '
        'stroke="#222" stroke-width="8" {}/>'
    )
    cross = '<line x1="2" y1="98" x2="98" y2="2" stroke="#222" stroke-width="9"/>'
    reference = draw({"frame": frame.format(""), "cross": cross})
    dashes = frame.format('stroke-dasharray="34 14"')
    errors = judged(reference, draw({"frame": dashes, "cross": cross}))
    assert [error.category for error in errors] == ["style_error"]
    assert "dashed" in errors[0].description


def test_a_drawing_that_differs_for_sure_is_never_told_to_be_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Trees that doubt all that is found leave the likeliest of it, unless it may be noise."""
    monkeypatch.setattr(trust, "probabilities", lambda values, _: np.zeros(len(values), np.float32))
    judge = EmbeddedJudge()
    reference = draw(PARTS)
    moved = edited(ring=PARTS["ring"].replace('cx="30"', 'cx="36"'))
    assert len(judge.compare(reference, moved, "svg").errors) == 1
    assert judge.compare(reference, compressed(moved, 60), "svg").errors == ()
