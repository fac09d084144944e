"""What is cut off an element, and what is an element of its own that is gone."""

from tests.judges.test_svg import draw, judged
from visual_erm.judges.distance import CEILING
from visual_erm.judges.embedded import EmbeddedJudge

LOOK = 'fill="none" stroke="#1a56db" stroke-width="7"'
PARTS = {
    "long": f'<path d="M15 30H60V80H20" {LOOK}/>',
    "dot": '<circle cx="80" cy="80" r="8" fill="#f0c040"/>',
}


def only(reference: dict[str, str], candidate: dict[str, str]):
    (error,) = judged(draw(reference), draw(candidate))
    return error


def test_a_line_of_which_the_end_is_gone_is_cut_off() -> None:
    error = only(PARTS, {**PARTS, "long": f'<path d="M15 30H60V50" {LOOK}/>'})
    assert error.category == "shape_error"
    assert "cut off" in error.description


def test_a_line_that_stood_on_another_one_is_missing() -> None:
    branch = f'<path d="M38 30V66" {LOOK}/>'
    assert only({**PARTS, "branch": branch}, PARTS).category == "structure_error"


def test_a_shape_of_which_a_corner_is_left_is_cut_off() -> None:
    shape = '<path d="M20 20H70L80 70 30 80z" fill="#047857"/>'
    corner = '<path d="M20 20H70L28 50z" fill="#047857"/>'
    error = only({**PARTS, "long": shape}, {**PARTS, "long": corner})
    assert error.category == "shape_error"


def test_a_list_that_says_how_much_is_missing_says_it_once() -> None:
    fields = {
        str(x): f'<rect x="{x}" y="20" width="18" height="60" fill="#047857"/>' for x in (5, 30)
    }
    rest = {"thin": '<rect x="60" y="20" width="30" height="4" fill="#1a56db"/>'}
    verdict = EmbeddedJudge().compare(draw({**fields, **rest}), draw(rest), "svg")
    (error,) = verdict.errors
    assert error.severity == 3
    assert "not drawn in the candidate" in error.description
    assert verdict.distance is not None
    assert verdict.distance >= CEILING
