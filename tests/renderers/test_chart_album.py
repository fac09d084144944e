import numpy as np
import pytest

from visual_erm.renderers.chart_album import KEPT, Album, Entry, TooFewError


def picture(value):
    image = np.full((60, 80, 3), 255, np.uint8)
    image[10:40, 10:60] = value
    return image


BLANK = np.full((60, 80, 3), 255, np.uint8)


def chosen(album):
    choice = album.choose()
    return choice and (choice.of, int(choice.entry.image[20, 20, 0]))


def test_saved_goes_before_shown_left_and_dropped():
    for of, rest in (
        ("saved", ("shown", "left", "dropped")),
        ("shown", ("left", "dropped")),
        ("left", ("dropped",)),
    ):
        album = Album()
        album.add(of, Entry(image=picture(1)))
        for other in rest:
            album.add(other, Entry(image=picture(2)))
        assert chosen(album) == (of, 1)


def test_the_last_one_or_the_first_one_or_an_index():
    for which, value in (("last", 3), ("first", 1), (0, 1), (1, 2)):
        album = Album(which)
        for number in (1, 2, 3):
            album.add("saved", Entry(image=picture(number)))
        assert chosen(album) == ("saved", value)


def test_an_index_beyond_the_last_picture():
    album = Album(5)
    album.add("saved", Entry(image=picture(1)))
    with pytest.raises(TooFewError):
        album.choose()


def test_a_blank_or_hollow_picture_gives_way():
    album = Album()
    album.add("shown", Entry(image=picture(7)))
    album.add("saved", Entry(image=BLANK))
    album.add("saved", Entry(image=picture(9), hollow=True))
    assert chosen(album) == ("shown", 7)


def test_a_hollow_picture_goes_before_a_blank_one():
    album = Album()
    album.add("saved", Entry(image=picture(9), hollow=True))
    album.add("saved", Entry(image=BLANK))
    assert chosen(album) == ("saved", 9)


def test_a_blank_picture_is_better_than_none():
    album = Album()
    album.add("saved", Entry(image=BLANK))
    assert chosen(album) == ("saved", 255)
    assert Album().choose() is None


def test_only_what_is_chosen_is_drawn():
    album, drawn = Album(), []
    for number in (1, 2, 3):

        def develop(settings, number=number):
            drawn.append(number)
            return picture(number)

        album.add("shown", Entry(subject=object(), develop=develop))
    assert chosen(album) == ("shown", 3)
    assert drawn == [3]


def test_settings_of_an_empty_save_are_those_of_the_lost_picture():
    album, seen = Album(), {}

    def develop(settings):
        seen.update(settings)
        return picture(1)

    album.add("dropped", Entry(subject=object(), develop=develop))
    album.add("saved", Entry(image=BLANK, settings={"dpi": 33}))
    assert chosen(album) == ("dropped", 1)
    assert seen == {"dpi": 33}


def test_a_thousand_pictures_do_not_fill_the_memory():
    album = Album()
    for number in range(1000):
        album.add("saved", Entry(image=picture(number % 200)))
    assert len(album._entries["saved"]) == KEPT
    assert album.choose().count == 1000
    assert chosen(album) == ("saved", 999 % 200)
