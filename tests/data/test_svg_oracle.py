"""Two drawings that a person can read, and what a person would say of them."""

import numpy as np
import pytest

from visual_erm.data.oracle import annotate
from visual_erm.data.svg.elements import parse_colour, transform
from visual_erm.errors import InfrastructureFault, InputError, PolicyFault

PARTS = {
    "house": '<rect x="5" y="30" width="30" height="40" fill="#1a56db"/>',
    "door": '<rect x="12" y="50" width="8" height="20" fill="#ffffff"/>',
    "sun": '<circle cx="75" cy="22" r="12" fill="#d97706"/>',
    "hill": '<path d="M50 70 C55 45 75 45 80 70 Z" fill="#047857"/>',
    "ground": '<path d="M5 75 L95 75" stroke="#222222" stroke-width="3" fill="none"/>',
    "name": '<text x="35" y="14" font-size="8" font-family="sans-serif">No. 42</text>',
}
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 80">'


def drawing(*names, head=HEAD, **changed):
    parts = PARTS | {name: "" if part is None else part for name, part in changed.items()}
    return head + "".join(parts[name] for name in names or parts) + "</svg>"


REFERENCE = drawing()


def edited(name, old, new):
    assert old in PARTS[name]
    return drawing(**{name: PARTS[name].replace(old, new)})


def errors(prediction, reference=REFERENCE):
    found = annotate(reference, prediction, "svg")
    assert found.unexplained == 0
    return [(e.category, e.severity, e.description) for e in found.errors]


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        (drawing(sun=None), ("structure_error", 2, "The orange circle is missing.")),
        (edited("sun", 'cx="75"', 'cx="55"'), (
            "shape_error", 2, "The orange circle stands too far to the left.")),
        (edited("sun", 'r="12"', 'r="6"'), (
            "shape_error", 2, "The orange circle is too small, 0.5 times its size.")),
        (edited("sun", '<circle cx="75" cy="22" r="12"', '<ellipse cx="75" cy="22" rx="16" ry="8"'),
            ("shape_error", 2, "The orange circle is too wide or too low.")),
        (edited("house", "#1a56db", "#d62728"), (
            "style_error", 2, "The blue rectangle is red, not blue.")),
        (edited("hill", "C55 45 75 45", "L65 50 L"), (
            "shape_error", 1, "The outline of the dark green shape is another one.")),
        (edited("ground", 'width="3"', 'width="6"'), (
            "style_error", 1, "The black line has lines that are too thick.")),
        (edited("ground", "fill=", 'stroke-dasharray="6 4" fill='), (
            "style_error", 1, "The black line is dashed, not solid.")),
        (edited("hill", "fill=", 'opacity="0.4" fill='), (
            "style_error", 1, "The dark green shape is too transparent.")),
        (edited("name", "42", "47"), ("text_symbol_error", 3, 'The text "No. 42" reads "No. 47".')),
        (drawing(name=None), ("text_symbol_error", 3, 'The text "No. 42" is missing.')),
        (edited("name", 'font-size="8"', 'font-size="11"'), (
            "text_symbol_error", 1, 'The text "No. 42" is too large.')),
        (drawing("door", "house", "sun", "hill", "ground", "name"), (
            "structure_error", 1, "The blue rectangle lies in front of what should cover it.")),
        (drawing(extra='<circle cx="60" cy="40" r="5" fill="#d62728"/>'), (
            "structure_error", 1, "The red circle is drawn, and the reference has none there.")),
        (drawing(extra=PARTS["sun"].replace('cx="75"', 'cx="47"')), (
            "structure_error", 2, "There is a second copy of the orange circle.")),
        (drawing(head=HEAD.replace("0 0 100 80", "-5 0 100 80")), (
            "shape_error", 1, "The whole drawing stands too far to the right.")),
        (drawing(head=HEAD.replace("0 0 100 80", "-25 -20 150 120")), (
            "structure_error", 3, "The whole drawing is smaller, 67% of its size.")),
        (REFERENCE.replace("80\">", '80"><g transform="matrix(-1 0 0 1 100 0)">').replace(
            "</svg>", "</g></svg>"),
            ("structure_error", 3, "The whole drawing is mirrored, left for right.")),
    ],
)  # fmt: skip
def test_each_thing_is_said_once(prediction, expected):
    assert errors(prediction) == [expected]


@pytest.mark.parametrize(
    "prediction",
    [
        REFERENCE,
        edited("house", '<rect x="5" y="30" width="30" height="40"', '<path d="M5 30h30v40h-30z"'),
        edited("sun", 'cx="75" cy="22"', 'cx="5" cy="2" transform="translate(70 20)"'),
        edited("ground", 'fill="none"', 'style="fill:none"'),
        drawing(
            head=HEAD + "<style>.r{fill:#1a56db}</style>",
            house=PARTS["house"].replace('fill="#1a56db"', 'class="r"'),
        ),
        drawing(extra='<rect x="25" y="60" width="1" height="1" fill="#1a56db"/>'),
        drawing("sun", "house", "door", "hill", "ground", "name"),
        REFERENCE.replace('<path d="M50', "<!-- hill --><g><path d='M50".replace("'", '"')).replace(
            '"#047857"/>', '"rgb(4,120,87)"/></g>'
        ),
    ],
)
def test_what_does_not_show_is_not_said(prediction):
    assert errors(prediction) == []


def test_elements_that_changed_places_or_colours_are_one_thing():
    apart = drawing(house=PARTS["house"].replace('x="5" y="30"', 'x="60" y="2"'),
                    sun=PARTS["sun"].replace('cx="75" cy="22"', 'cx="20" cy="50"'))  # fmt: skip
    ((category, _, words),) = errors(apart)
    assert category == "structure_error" and words.endswith("have changed places.")
    colours = drawing(house=PARTS["house"].replace("#1a56db", "#d97706"),
                      sun=PARTS["sun"].replace("#d97706", "#1a56db"))  # fmt: skip
    ((category, _, words),) = errors(colours)
    assert category == "style_error" and words.endswith("have each other's colour.")


def test_boxes_are_those_of_what_is_seen():
    moved = edited("sun", 'cx="75"', 'cx="55"')
    (error,) = annotate(REFERENCE, moved, "svg").errors
    scale = 512 / 100
    assert np.allclose(error.bbox, [63 * scale, 10 * scale, 87 * scale, 34 * scale], atol=3)
    assert np.allclose(np.subtract(error.bbox_prediction, error.bbox), [-102, 0, -102, 0], atol=3)


def test_faults_say_whose_they_are():
    with pytest.raises(PolicyFault):
        annotate(REFERENCE, "<svg", "svg")
    with pytest.raises(InputError, match="the reference cannot be used"):
        annotate("<svg", REFERENCE, "svg")
    many = HEAD + '<path d="M0 0h9"/>' * 500 + "</svg>"
    with pytest.raises(InfrastructureFault, match="500 elements"):
        annotate(REFERENCE, many, "svg")


def test_transforms_and_colours():
    matrix = transform("rotate(90 1 1) scale(2 3)")
    assert np.allclose(matrix @ [1, 0, 1], [2, 2, 1])
    assert parse_colour("RGBA(255, 0, 0, .5)") == (255, 0, 0, 0.5)
    assert parse_colour("nonsense") is None
