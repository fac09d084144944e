"""Items in the forms that callers have them in; what is missing is said."""

import numpy as np
import pytest

from visual_erm import images
from visual_erm.errors import ImageError, InputError, PolicyFault, UsageError
from visual_erm.rewards.items import Item, picture_key, source_of

PICTURE = np.full((20, 30, 3), 200, np.uint8)


@pytest.mark.parametrize(
    ("fields", "form"),
    [
        ({"completion": "text"}, "completion"),
        ({"completion": None}, "completion"),
        ({"completion": None, "source": None, "prediction": PICTURE}, "prediction"),
        ({"source": ""}, "source"),
        ({"prediction": "a.png", "unknown": 1}, "prediction"),
    ],
)
def test_forms(fields, form):
    item = Item.of({"id": 7, "task": "svg", "reference": "r.png", **fields})
    assert (item.form, item.id, item.task) == (form, "7", "svg")
    assert Item.of(item) is item


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"task": "svg"}, "missing: reference"),
        ({"task": "svg", "reference": "r.png"}, "got none"),
        ({"task": "svg", "reference": "r.png", "source": None}, "got none"),
        (
            {"task": "svg", "reference": "r.png", "source": "a", "completion": "b"},
            "got completion and source",
        ),
        ({"task": "svg", "reference": "r.png", "source": b"a"}, "expected text, got bytes"),
    ],
)
def test_what_is_missing_is_said(fields, message):
    with pytest.raises(InputError, match=message):
        Item.of(fields)


def test_unknown_tasks():
    with pytest.raises(UsageError, match='no task "poem"'):
        Item.of(Item("poem", PICTURE, source="x"))


def test_sources():
    assert source_of(Item("svg", None, source="as it is"), "none") == "as it is"
    assert source_of(Item("svg", None, completion="a <svg b='c'></svg>"), "none") == (
        "<svg b='c'></svg>"
    )
    cut = Item("svg", None, completion="<svg b='c'><g>")
    with pytest.raises(PolicyFault):
        source_of(cut, "none")
    assert source_of(cut, "close") == "<svg b='c'><g></g></svg>"


def test_picture_keys(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(images.encode_png(PICTURE))
    assert picture_key(str(path)) == picture_key(path) == picture_key({"path": str(path)})
    assert picture_key(PICTURE) == picture_key(PICTURE.copy()) != picture_key(PICTURE[:, ::-1] // 2)
    assert picture_key(b"a") != picture_key(b"b")
    assert picture_key({"bytes": b"a", "path": None}) == picture_key(b"a")
    assert picture_key("data:image/png;base64,x").startswith("bytes:")
    with pytest.raises(ImageError):
        picture_key(3)
