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
    hand = '<line x1="50" y1="58" x2="50" y2="76" stroke="#d32f2f" stroke-width=".8"/>'
    reference = draw({"hand": hand}, 300)
    assert judged(reference, compressed(reference, 50)) == []
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


@pytest.mark.parametrize("dashes", ["24 24", "30 20"])
def test_gaps_are_dashes_where_another_line_crosses(dashes: str) -> None:
    """A gap that ends in a joint is short, and the joint is thicker than any stroke."""
    frame = (
        '<path d="M88 88H12a8 8 0 0 1-8-8V33a8 8 0 0 1 8-8h12m14-13h24l8 13h16a8 8 0 0 1 8 8v39" '
        'fill="none" stroke="#222" stroke-width="8" stroke-linecap="round" {}/>'
    )
    cross = '<path d="M4 4 96 96" stroke="#222" stroke-width="8" stroke-linecap="round"/>'
    reference = draw({"frame": frame.format(""), "cross": cross})
    cut = frame.format(f'stroke-dasharray="{dashes}"')
    (error,) = judged(reference, draw({"frame": cut, "cross": cross}))
    assert error.category == "style_error"
    assert "dashed" in error.description


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


def test_a_flag_with_room_around_it_is_smaller_as_a_whole() -> None:
    """What reached from edge to edge was ground; it has not another colour."""
    flag = [
        '<rect width="100" height="100" fill="#14508c"/>',
        '<circle cx="50" cy="45" r="20" fill="#f4c430"/>',
        '<rect x="25" y="70" width="50" height="9" fill="#fff"/>',
    ]
    small = f'<g transform="translate(22 22) scale(.56)">{"".join(flag)}</g>'
    (error,) = judged(draw(dict(enumerate(flag))), draw({"flag": small}))
    assert error.location.startswith("whole drawing")
    assert error.category == "structure_error"


@pytest.mark.parametrize(("size", "words"), [(4, "Light rain"), (5, "Humidity 81%")])
def test_small_letters_of_another_resolution_have_not_changed(size: int, words: str) -> None:
    """Which of them run together is another there."""
    text = (
        f'<text x="20" y="50" font-size="{size}" font-family="DejaVu Sans" fill="#222">{{}}</text>'
    )
    line = {"line": text.format(words)}
    reference = draw(line, 480)
    assert judged(reference, draw(line, 336)) == []
    (error,) = judged(reference, draw({"line": text.format(words.replace("i", "o"))}, 336))
    assert error.category == "text_symbol_error"
