import random

import numpy as np
import pytest

from visual_erm import align, images
from visual_erm.data import gate, variations
from visual_erm.data.records import Dropped
from visual_erm.data.svg import no_ops
from visual_erm.data.svg.documents import Document, UnusableError, style
from visual_erm.data.svg.operators import OPERATORS
from visual_erm.data.svg.pairs import SvgPairs, compositions
from visual_erm.types import CATEGORIES


@pytest.fixture(scope="module")
def makers(corpus, draw):
    return [SvgPairs(seed, draw) for seed in corpus]


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_every_operator_changes_the_picture_where_it_says(makers, name):
    rng = random.Random(name)
    made = [maker.edited([name], rng) for maker in makers for _ in range(2)]
    pairs = [pair for pair in made if not isinstance(pair, Dropped)]
    if not pairs:
        reasons = {pair.reason for pair in made}
        pytest.fail(f"nothing in the corpus shows it: {reasons}")
    for pair in pairs:
        (error,) = pair.errors
        assert error.category in CATEGORIES["svg"]
        assert error.description.endswith(".") and "{" not in error.description
        assert error.location
        mask = gate.changed(pair.reference, pair.prediction)
        assert mask.any()
        boxes = [box for box in (error.bbox, error.bbox_prediction) if box]
        box = align.around(boxes)
        inside = mask[
            max(0, box[1] - gate.MARGIN) : box[3] + gate.MARGIN,
            max(0, box[0] - gate.MARGIN) : box[2] + gate.MARGIN,
        ]
        assert inside.sum() >= 0.97 * mask.sum()


def test_there_are_operators_of_every_category_and_severity(makers):
    assert len(OPERATORS) >= 30
    wanted = {(category, level) for category in CATEGORIES["svg"] for level in (1, 2, 3)}
    seen = set()
    for maker in makers:
        rng = random.Random(maker.seed.id)
        for name in OPERATORS:
            if wanted <= seen:
                return
            pair = maker.edited([name], rng)
            if not isinstance(pair, Dropped):
                seen.add((pair.errors[0].category, pair.errors[0].severity))
    assert wanted <= seen, wanted - seen


def svg_pairs(draw, corpus, body):
    source = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{body}</svg>'
    return SvgPairs(corpus[0].model_copy(update={"source": source}), draw)


BARS = "".join(
    f'<rect x="10.3" y="{y}" width="80" height="9.13" fill="#123"/>' for y in (20.7, 50.7)
)
DISC = '<circle cx="50" cy="80" r="9" fill="#c33"/>'


def test_what_is_the_same_both_ways_is_neither_turned_nor_mirrored(corpus, draw):
    maker = svg_pairs(draw, corpus, BARS)
    made = [maker.edited(["flipped"], random.Random(seed)) for seed in range(6)]
    assert {pair.reason for pair in made} == {"invisible"}


@pytest.mark.parametrize("name", ["moved", "scaled", "rotated", "flipped"])
def test_an_only_element_is_the_whole_drawing_and_no_part_of_it(corpus, draw, name):
    mark = '<path d="M20 20h50l-20 60z" fill="#123"/>'
    maker = svg_pairs(draw, corpus, mark)
    assert isinstance(maker.edited([name], random.Random(1)), Dropped)
    assert not isinstance(
        svg_pairs(draw, corpus, mark + DISC).edited([name], random.Random(3)),
        Dropped,
    )


def test_an_edit_that_a_later_one_covers_is_not_labelled(corpus, draw):
    plate = '<rect y="10" width="100" height="55" fill="#cde"/>'
    maker = svg_pairs(draw, corpus, plate + BARS + DISC)
    made = [
        maker.edited(["recoloured", "brought_to_front"], random.Random(seed)) for seed in range(20)
    ]
    kept = [pair for pair in made if not isinstance(pair, Dropped)]
    assert all(error.bbox_prediction is not None for pair in kept for error in pair.errors)


def test_a_composition_labels_each_of_its_errors(makers):
    for maker in makers:
        rng = random.Random(maker.seed.id)
        pair = maker.composed(compositions(8, rng), 3, rng)
        if isinstance(pair, Dropped):
            continue
        assert len(pair.errors) == len(pair.operators) >= 2
        assert all(error.bbox or error.bbox_prediction for error in pair.errors)


def test_the_prediction_is_what_its_source_draws(makers, draw):
    rng = random.Random(0)
    pair = makers[0].edited(["recoloured"], rng)
    assert np.array_equal(draw(pair.prediction_source), pair.prediction)
    assert np.array_equal(draw(pair.seed.source), pair.reference)


@pytest.mark.parametrize("name", sorted(no_ops.NO_OPS))
def test_another_source_draws_the_same(makers, name):
    kept = 0
    for maker in makers:
        pair = maker.no_op(name, random.Random(0))
        if isinstance(pair, Dropped):
            assert pair.reason == "visible"
            continue
        kept += 1
        assert not gate.changed(pair.reference, pair.prediction).any()
        assert pair.errors == ()
    assert kept >= len(makers) / 2


@pytest.mark.parametrize("name", sorted(variations.HARMLESS))
def test_harmless_variation_has_other_pixels_and_no_error(makers, name):
    pair = makers[0].harmless(name, random.Random(1))
    assert pair.errors == ()
    same = pair.prediction.shape == pair.reference.shape
    assert not (same and np.array_equal(pair.prediction, pair.reference))


@pytest.mark.parametrize("name", sorted(variations.HACKS))
def test_a_hack_is_a_severe_error(makers, name):
    pair = makers[0].hack(name, makers[1].reference, random.Random(1))
    assert [error.category in CATEGORIES["svg"] for error in pair.errors] == [True]
    assert pair.errors[0].severity >= 2
    assert gate.changed(pair.reference, images.resize(pair.prediction, (512, 410))).any()


def test_equal_seeds_make_equal_pairs(corpus, draw):
    def made():
        maker = SvgPairs(corpus[0], draw)
        rng = random.Random(5)
        return [maker.edited([name], rng) for name in ("moved", "recoloured", "letter_changed")]

    for one, two in zip(made(), made(), strict=True):
        assert one.errors == two.errors
        assert np.array_equal(one.prediction, two.prediction)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "empty"),
        ("not xml", "Start tag"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "not <svg>"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "no size"),
        ("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 0 5'/>", "no size"),
        ("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 5 5'/>", "0 elements"),
        (
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 5 5'><rect fill='none' "
            "width='2' height='2'/></svg>",
            "blank",
        ),
    ],
)
def test_an_unusable_seed_says_why(corpus, draw, source, reason):
    seed = corpus[0].model_copy(update={"source": source})
    with pytest.raises(UnusableError, match=reason):
        SvgPairs(seed, draw)


def test_properties_are_inherited_and_styles_outrank_attributes(draw):
    document = Document(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><g fill='red'>"
        "<rect style='fill: blue' width='4' height='4'/><rect width='2' height='2'/></g></svg>",
        draw,
    )
    one, two = document.drawables()
    assert (style(one, "fill"), style(two, "fill"), style(two, "stroke")) == ("blue", "red", None)


def test_a_path_is_split_only_where_that_draws_the_same(draw):
    ring = "M2 2h16v16h-16z M6 6v8h8v-8z"
    source = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 20'>"
        f"<path d='{ring} M24 4h8v8h-8z'/></svg>"
    )
    document = Document(source, draw)
    assert len(document.drawables()) == 2
    assert np.array_equal(document.draw(), draw(source))
