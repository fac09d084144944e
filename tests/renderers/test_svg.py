from __future__ import annotations

import base64
from collections.abc import Iterator

import numpy as np
import pytest

from visual_erm import images
from visual_erm.errors import PolicyFault, UsageError
from visual_erm.renderers.job import Rejected
from visual_erm.renderers.svg import SvgRenderer
from visual_erm.renderers.svg_source import Document, families, read

SVG = 'xmlns="http://www.w3.org/2000/svg"'
BOX = f'<svg {SVG} viewBox="0 0 100 50"><rect width="50" height="50" fill="red"/></svg>'


@pytest.fixture(scope="module")
def strict() -> Iterator[SvgRenderer]:
    renderer = SvgRenderer(workers=1)
    yield renderer
    renderer.close()


@pytest.fixture(scope="module")
def lenient() -> Iterator[SvgRenderer]:
    renderer = SvgRenderer(workers=1, repair="lenient")
    yield renderer
    renderer.close()


def code_of(renderer: SvgRenderer, source: str) -> str:
    with pytest.raises(PolicyFault) as caught:
        renderer.render(source)
    return caught.value.failure.code


def mended(source: str) -> Document:
    return read(source.encode(), repair="lenient", max_side=512, rasters=False)


def test_known_pixels(strict: SvgRenderer) -> None:
    rendering = strict.render(BOX)
    assert (rendering.width, rendering.height) == (512, 256)
    assert (rendering.image[:, :255] == (255, 0, 0)).all()
    assert (rendering.image[:, 257:] == 255).all()
    assert rendering.backend == "resvg"
    assert "resvg" in rendering.fingerprint
    assert not rendering.blank
    assert rendering.warnings == ()


def test_same_source_same_pixels_in_any_worker(strict: SvgRenderer) -> None:
    text = BOX.replace("</svg>", "<text x='9' y='30'>Ag\u6c34</text></svg>")
    first = images.digest(strict.render(text).image)
    other = SvgRenderer(workers=2)
    try:
        assert images.digest(other.render(text).image) == first
    finally:
        other.close()


@pytest.mark.parametrize("content", ["", '<rect width="9" height="9" fill="white"/>', "<g/>"])
def test_blank_is_said_and_not_raised(strict: SvgRenderer, content: str) -> None:
    assert strict.render(f'<svg {SVG} viewBox="0 0 9 9">{content}</svg>').blank


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ('viewBox="0 0 24 24"', (512, 512)),
        ('width="10" height="20"', (512, 256)),
        ('width="10mm" height="1cm" viewBox="0 0 3 1"', (512, 512)),
        ('width="100%" height="100%" viewBox="0 0 2 1"', (256, 512)),
        ('width="50" viewBox="0 0 2 1"', (256, 512)),
        ('height="1e6" viewBox="0 0 1 2"', (512, 256)),
        ('width="1.5em" height="24px"', (512, 512)),
        ("", (256, 512)),
    ],
)
def test_canvas(strict: SvgRenderer, size: str, shape: tuple[int, int]) -> None:
    rendering = strict.render(f'<svg {SVG} {size}><rect width="5" height="5"/></svg>')
    assert rendering.image.shape[:2] == shape


@pytest.mark.parametrize(
    "size",
    [
        'width="0" height="5"',
        'width="-3" height="5"',
        'width="NaN" height="5"',
        'width="inf" height="5"',
        'width="12 34" height="5"',
        'width="3000" height="1"',
        'viewBox="0 0 0 5"',
        'viewBox="0 0 5"',
        'viewBox="a b c d"',
        'viewBox="0 0 1e300 1"',
    ],
)
def test_sizes_that_are_none(strict: SvgRenderer, size: str) -> None:
    assert code_of(strict, f"<svg {SVG} {size}/>") == "bad_size"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", "malformed"),
        ("plain words", "malformed"),
        ("<html><body/></html>", "not_svg"),
        ('<svg viewBox="0 0 9 9"/>', "malformed"),
        (BOX[:-8], "malformed"),
        (BOX.replace("red", "&nbsp;"), "malformed"),
        (BOX.replace("fill=", "xlink:href="), "malformed"),
        (BOX.replace("<rect", "<rect id=1"), "malformed"),
        (f"<svg {SVG}>" + "<g>" * 300 + "</g>" * 300 + "</svg>", "too_complex"),
        (f"<svg {SVG}>" + "<g/>" * 60_000 + "</svg>", "too_complex"),
    ],
)
def test_strict_refuses(strict: SvgRenderer, source: str, code: str) -> None:
    assert code_of(strict, source) == code
    assert strict.render(BOX).image is not None


def test_repairs_are_named(lenient: SvgRenderer) -> None:
    for source, name in (
        ('<svg viewBox="0 0 9 9"><rect width="5" height="5"/></svg>', "svg namespace missing"),
        (BOX.replace("<rect", '<use xlink:href="#a"/><rect id="a"'), "xlink namespace"),
        (BOX.replace("<rect", "<text>&nbsp;&copy;</text><rect"), "html entities"),
        (BOX[:-6], "truncated"),
        (BOX.replace("<rect", '<rect inkscape:label="a"'), "namespace inkscape"),
    ):
        rendering = lenient.render(source)
        assert rendering.warnings == (f"repaired: {name}",)
        assert not rendering.blank


def test_a_document_cut_anywhere_is_mended() -> None:
    whole = BOX.replace("</svg>", "<style>.a{fill:red}</style><text x='1'>a&amp;b</text></svg>")
    for end in range(BOX.index("><rect") + 1, len(whole)):
        assert "repaired: truncated" in mended(whole[:end]).warnings, whole[:end]


@pytest.mark.parametrize(
    "source",
    [
        BOX.replace("/>", ">"),
        BOX.replace('"50"', "50"),
        BOX + "<svg/>",
        BOX.replace("<rect", "<<rect"),
        BOX.replace("fill", "width"),
    ],
)
def test_what_is_not_one_of_the_repairs_is_refused(source: str) -> None:
    with pytest.raises(Rejected) as caught:
        mended(source)
    assert caught.value.code == "malformed"


def test_pictures_and_links_are_dropped_and_said(strict: SvgRenderer) -> None:
    picture = base64.b64encode(images.encode_png(np.zeros((20, 20, 3), np.uint8))).decode()
    data = f'<image width="100" height="50" href="data:image/png;base64,{picture}"/>'
    source = BOX.replace("<rect", f'{data}<image href="/x.png"/><use href="a.svg#b"/><rect')
    rendering = strict.render(source)
    assert images.digest(rendering.image) == images.digest(strict.render(BOX).image)
    assert rendering.warnings == (
        "dropped: embedded picture",
        "dropped: external picture",
        "dropped: reference from use out of the document",
    )


def test_embedded_pictures_can_be_allowed() -> None:
    picture = base64.b64encode(images.encode_png(np.zeros((20, 20, 3), np.uint8))).decode()
    data = f'<image x="60" width="20" height="20" href="data:image/png;base64,{picture}"/>'
    renderer = SvgRenderer(rasters=True, workers=1)
    try:
        rendering = renderer.render(BOX.replace("</svg>", data + "</svg>"))
        assert (rendering.image[40:50, 340:350] == 0).all()
    finally:
        renderer.close()


def test_what_cannot_be_drawn_is_said(strict: SvgRenderer) -> None:
    extra = "<script>1</script><rect onload='1'/><foreignObject/><animate/><set/>"
    warnings = strict.render(BOX.replace("</svg>", extra + "</svg>")).warnings
    assert set(warnings) == {"ignored: scripts", "ignored: foreign content", "ignored: animation"}


def test_internal_references_are_kept(strict: SvgRenderer) -> None:
    inside = '<g id="a"><circle r="20" cx="75" cy="25"/></g>'
    used = f'<defs>{inside}</defs><use href="#a"/>'
    drawn = strict.render(BOX.replace("</svg>", inside + "</svg>"))
    assert images.digest(strict.render(BOX.replace("</svg>", used + "</svg>")).image) == (
        images.digest(drawn.image)
    )


@pytest.mark.parametrize(
    "family", ["Arial", "Foo Bar", "serif", "Times New Roman", "monospace", "SimHei", "inherit", ""]
)
@pytest.mark.parametrize("way", ["attribute", "style", "sheet"])
def test_text_never_vanishes(strict: SvgRenderer, family: str, way: str) -> None:
    attribute = {
        "attribute": f'font-family="{family}"',
        "style": f'style="fill:black;font-family:{family}"',
        "sheet": 'class="a"',
    }[way]
    sheet = f"<style>.a {{font-family: {family}}}</style>" if way == "sheet" else ""
    text = f'<text y="12" font-size="12" {attribute}>Ag\u6c34\ud55c</text>'
    rendering = strict.render(f'<svg {SVG} viewBox="0 0 60 20">{sheet}{text}</svg>')
    columns = images.ink(rendering.image).any(axis=0)
    for start in (0, 140, 280):
        assert columns[start : start + 60].any(), "a letter is missing"


def test_families() -> None:
    assert families("Consolas, Arial") == "'DejaVu Sans Mono', 'DejaVu Sans'"


@pytest.mark.parametrize("options", [{"max_side": 1}, {"max_side": 99999}, {"repair": "maybe"}])
def test_unknown_options(options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        SvgRenderer(**options)  # type: ignore[arg-type]


def test_fingerprint_tells_options_apart() -> None:
    assert SvgRenderer().fingerprint != SvgRenderer(max_side=256).fingerprint
