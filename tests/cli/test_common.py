from visual_erm.cli.common import Pace, progress


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_the_pace_counts_nothing_that_was_there():
    clock = Clock()
    pace = Pace(clock)
    assert pace.words(2000, 3000) == ""
    clock.now += 10
    assert pace.words(2050, 3000) == "5.0/s, 0:03:10 left"
    clock.now += 10
    assert pace.words(2050, 3000) == "2.5/s, 0:06:20 left"


def test_the_pace_forgets_how_it_went_long_ago():
    clock = Clock()
    pace = Pace(clock)
    for done in range(0, 1000, 10):
        pace.words(done, 3000)
        clock.now += 1
    for done in range(1000, 1200, 1):
        words = pace.words(done, 3000)
        clock.now += 1
    assert words == "1.0/s, 0:30:01 left"


def test_outside_a_terminal_it_is_a_line_now_and_then(capsys):
    with progress("pairs", every=0) as report:
        report(4, 12)
        report(8, 12)
    first, second = capsys.readouterr().err.splitlines()
    assert first == "pairs: 4 of 12"
    assert second.startswith("pairs: 8 of 12, ") and second.endswith(" left")
