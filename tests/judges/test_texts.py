import pytest

from visual_erm.judges.texts import uncommon


def test_characters_are_common_wherever_their_texts_stand():
    assert uncommon(["sales", "2020", "a title"], ["a title", "2020", "sales"]) == 0
    assert uncommon(["sales", "2020"], ["sale", "1955"]) == pytest.approx(1 - 8 / 17)
    assert uncommon(["sales"], ["sales"] * 3) == pytest.approx(0.5)


def test_nothing_is_common_with_no_texts_and_no_texts_are_equal():
    assert uncommon(["sales"], []) == uncommon([], ["sales"]) == 1
    assert uncommon([], []) == uncommon([""], []) == 0
