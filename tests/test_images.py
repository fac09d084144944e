"""Every form of a picture gives the same pixels; everything else gives one sentence."""

import base64
import io
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PILImage

from visual_erm import images
from visual_erm.errors import ImageError

PICTURE = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
PNG = images.encode_png(PICTURE)


def saved(image, form="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def test_every_form_gives_the_same_pixels(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    forms = [
        PICTURE,
        np.dstack([PICTURE, np.full((20, 30), 255, np.uint8)]),
        np.asfortranarray(PICTURE),
        PNG,
        bytearray(PNG),
        memoryview(PNG),
        path,
        str(path),
        PILImage.fromarray(PICTURE),
        PILImage.open(io.BytesIO(PNG)),
        {"bytes": PNG, "path": None},
        {"bytes": None, "path": str(path)},
        images.data_uri(PICTURE),
        saved(PILImage.fromarray(PICTURE), "BMP"),
        saved(PILImage.fromarray(PICTURE), "WEBP", lossless=True),
        saved(PILImage.fromarray(PICTURE), "TIFF"),
        saved(PILImage.fromarray(PICTURE), "PPM"),
    ]
    for form in forms:
        loaded = images.load(form)
        assert loaded.dtype == np.uint8
        assert loaded.flags.c_contiguous
        assert np.array_equal(loaded, PICTURE)


def test_modes():
    grey = PICTURE[:, :, 0]
    for form in (grey, saved(PILImage.fromarray(grey))):
        assert np.array_equal(images.load(form), np.repeat(grey[:, :, None], 3, axis=2))
    deep = PILImage.fromarray(grey.astype(np.uint16) << 8)
    assert np.array_equal(images.load(saved(deep))[:, :, 0], grey)
    paletted = PILImage.fromarray(PICTURE).quantize(200)
    assert np.array_equal(images.load(saved(paletted)), np.asarray(paletted.convert("RGB")))
    assert images.load(saved(PILImage.new("1", (9, 9), 1))).min() == 255
    assert images.load(saved(PILImage.new("CMYK", (9, 9)), "JPEG")).shape == (9, 9, 3)


def test_deep_grey_with_transparency_keeps_its_levels():
    deep = PILImage.fromarray(PICTURE[:, :, 0].astype(np.uint16) << 8)
    assert np.array_equal(images.load(saved(deep, transparency=65535))[:, :, 0], PICTURE[:, :, 0])


def test_photographs_are_turned_as_they_say():
    exif = PILImage.Exif()
    exif[0x0112] = 6
    turned = saved(PILImage.fromarray(PICTURE), exif=exif)
    assert np.array_equal(images.load(turned), np.rot90(PICTURE, -1))
    assert np.array_equal(images.load(PILImage.open(io.BytesIO(turned))), np.rot90(PICTURE, -1))


def test_transparency_is_white():
    clear = PILImage.new("RGBA", (9, 9), (10, 20, 30, 0))
    half = PILImage.new("RGBA", (9, 9), (0, 0, 0, 128))
    assert images.load(clear).min() == 255
    assert np.all(images.load(half) == 127)
    assert images.load(saved(clear)).min() == 255
    assert images.load(np.asarray(clear)).min() == 255
    gif = PILImage.new("P", (9, 9), 0)
    gif.info["transparency"] = 0
    assert images.load(saved(gif, "GIF", transparency=0)).min() == 255


@given(st.integers(0, 255), st.integers(0, 255))
def test_compositing_is_exact(value, alpha):
    rgba = np.full((1, 1, 4), value, np.uint8)
    rgba[0, 0, 3] = alpha
    exact = (value * alpha + 255 * (255 - alpha)) / 255
    assert abs(int(images.on_white(rgba)[0, 0, 0]) - exact) <= 0.5


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        ("missing.png", "reference: no such file: missing.png"),
        (b"", "reference is empty"),
        (b"some text", "reference is not a picture that can be read"),
        (b"<svg xmlns='x'/>", "reference is an SVG, which is a source and not a picture"),
        (PILImage.new("F", (9, 9)), "fractions, and nothing says which of them is white"),
        (PILImage.new("I", (9, 9)), "32 bits, and nothing says which"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        (PNG[:-40], "reference is damaged"),
        (PNG[:60], "reference is"),
        (np.zeros((7, 9, 3), np.uint8), "reference is 9 x 7 pixels; at least 8 a side"),
        (np.zeros((1, 1, 3), np.uint8), "1 x 1 pixels; at least 8"),
        (np.zeros((9, 20_000, 3), np.uint8), "20000 x 9 pixels; at most 16384 a side"),
        (np.zeros((9, 9, 3)), "expected an array of uint8, got float64"),
        (np.zeros((9, 9, 2), np.uint8), r"got \(9, 9, 2\)"),
        (np.zeros((0, 9, 3), np.uint8), "at least 8"),
        ({"bytes": None}, 'expected a mapping with "bytes" or "path"'),
        ("data:image/png,abc", "only base64"),
        ("data:image/png;base64,***", "not valid base64"),
        ("data:image/png;base64," + base64.b64encode(b"x").decode(), "not a picture"),
        (None, "got NoneType"),
        (3, "got int"),
        ("a\x00b", "cannot read"),
        ("x" * 5000, "too long for a path; base64 is read after"),
        ("", "Is a directory"),
    ],
)
def test_what_cannot_be_read_gives_one_sentence(picture, message):
    with pytest.raises(ImageError, match=message) as caught:
        images.load(picture, name="reference")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("size", [(20_000, 16), (20_000, 20_000), (10_000, 10_000)])
def test_huge_files_are_refused_before_they_are_decoded(size):
    content = saved(PILImage.new("1", size))
    with pytest.raises(ImageError, match="pixels"):
        images.load(content)


def test_damaged_files_of_any_kind_raise_nothing_else():
    rng = random.Random(0)
    for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "PPM"):
        content = saved(PILImage.fromarray(PICTURE), form)
        for _ in range(150):
            damaged = bytearray(content[: rng.choice([len(content), rng.randrange(len(content))])])
            for _ in range(rng.randrange(6)):
                if damaged:
                    damaged[rng.randrange(min(len(damaged), 300))] = rng.randrange(256)
            try:
                loaded = images.load(bytes(damaged))
            except ImageError:
                continue
            assert loaded.ndim == 3


def white(height=100, width=200):
    return np.full((height, width, 3), 255, np.uint8)


class TestBlank:
    def test_one_colour_is_blank(self):
        for colour in (0, 128, 255, (10, 200, 30)):
            picture = white()
            picture[:] = colour
            assert images.is_blank(picture)

    @pytest.mark.parametrize("pixels", [1, 5, 20])
    def test_a_few_odd_pixels_stay_blank_wherever_they_are(self, pixels):
        rng = np.random.default_rng(pixels)
        picture = white()
        for _ in range(pixels):
            picture[rng.integers(100), rng.integers(200)] = rng.integers(0, 256, 3)
        assert images.is_blank(picture)
        corner = white()
        corner[0, 0] = 0
        assert images.is_blank(corner)

    def test_faint_noise_stays_blank(self):
        noise = np.random.default_rng(0).integers(250, 256, (100, 200, 3), np.uint8)
        assert images.is_blank(noise)

    def test_a_thin_line_is_not_blank(self):
        picture = white()
        picture[50, 20:180] = 0
        assert not images.is_blank(picture)

    def test_the_limit_grows_with_the_area(self):
        picture = white(3000, 3000)
        picture[10, 10:60] = 0
        assert images.is_blank(picture)
        picture[10, 10:1000] = 0
        assert not images.is_blank(picture)


def test_digest_is_of_size_and_pixels():
    assert images.digest(PICTURE) == images.digest(images.load(PNG))
    assert images.digest(PICTURE) == images.digest(np.asfortranarray(PICTURE))
    assert images.digest(PICTURE.reshape(30, 20, 3)) != images.digest(PICTURE)
    changed = PICTURE.copy()
    changed[0, 0, 0] ^= 1
    assert images.digest(changed) != images.digest(PICTURE)


def test_fit_never_enlarges():
    assert images.fit(PICTURE, 100) is PICTURE
    assert images.fit(PICTURE, 15).shape == (10, 15, 3)
    assert images.fit(np.zeros((10, 3000, 3), np.uint8), 30).shape == (1, 30, 3)
    assert images.resize(PICTURE, (30, 20)) is PICTURE
    assert images.resize(white(), (50, 25)).min() == 255


def test_encoding_is_lossless():
    assert np.array_equal(images.load(images.encode_png(PICTURE, level=0)), PICTURE)
    assert np.array_equal(images.load(images.data_uri(PICTURE)), PICTURE)


@given(st.integers(0, 2**32), st.integers(1, 40), st.floats(0, 1), st.integers(0, 30))
def test_background_and_ink_are_as_defined(seed, colours, share, tolerance):
    """Against the definition: few and many colours, with and without a majority."""
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 256, (colours, 3), np.uint8)
    picture = palette[rng.integers(0, colours, (12, 17))]
    picture[rng.random((12, 17)) < share] = palette[0]
    values, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    expected = values[np.argmax(counts)]
    assert np.array_equal(images.background(picture), expected)
    difference = np.abs(picture.astype(int) - expected.astype(int)).max(axis=2)
    assert np.array_equal(images.ink(picture, tolerance), difference > tolerance)


class TestEncodings:
    """What is sent is what Pillow would have sent, only sooner."""

    @pytest.mark.parametrize("size", [(8, 8), (37, 61), (120, 90)])
    def test_a_plain_png_holds_every_pixel(self, size):
        picture = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
        assert np.array_equal(images.load(images.encode_plain_png(picture)), picture)
        assert np.array_equal(images.load(images.data_uri(picture)), picture)

    @pytest.mark.parametrize(("quality", "chroma"), [(75, "420"), (85, "444"), (95, "444")])
    def test_a_jpeg_has_pillow_s_pixels(self, quality, chroma):
        picture = np.random.default_rng(2).integers(0, 256, (61, 83, 3), np.uint8)
        subsampling = {"444": 0, "420": 2}[chroma]
        pillow = saved(
            PILImage.fromarray(picture), "JPEG", quality=quality, subsampling=subsampling
        )
        ours = images.load(images.encode_jpeg(picture, quality=quality, chroma=chroma))
        assert np.array_equal(ours, images.load(pillow))


def test_webp_has_the_same_pixels():
    noise = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    assert (images.load(images.encode_webp(noise)) == noise).all()


def test_equal_is_of_size_and_pixels():
    picture = np.zeros((20, 30, 3), np.uint8)
    other = picture.copy()
    assert images.equal(picture, other)
    other[19, 29, 2] = 1
    assert not images.equal(picture, other)
    assert not images.equal(picture, picture[:10])


def test_unit_is_the_quotient():
    picture = np.arange(240, dtype=np.uint8).reshape(8, 10, 3)
    assert np.array_equal(images.unit(picture), picture.astype(np.float32) / 255)
