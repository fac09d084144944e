"""What a policy is told: places, lines, what changed, and failures in few words."""

import numpy as np
from refining import drawing

from visual_erm.refinement import feedback
from visual_erm.refinement.changes import changes
from visual_erm.refinement.lines import blamed
from visual_erm.refinement.records import Attempt
from visual_erm.types import Discrepancy, Failure, JudgeIdentity, Rendering, Reward, Verdict

PICTURE = np.full((96, 96, 3), 255, np.uint8)
SOURCE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">
<rect x="10" y="10" width="50" height="40" fill="teal"/>
<path d="M0 0h9v9zM40 40h9v9z"/>
<circle cx="70" cy="70" r="15"/>
<text x="5" y="90">Rain in Oslo</text>
</svg>"""


def error(category="shape_error", severity=2, words="", **more):
    return Discrepancy(category=category, severity=severity, description=words, **more)


def verdict(*errors, **more):
    return Verdict(task="svg", errors=errors, judge=JudgeIdentity(name="test"), **more)


def attempt(judged=None, failure=None, number=0, source=SOURCE, **more):
    rendering = Rendering(PICTURE, "svg", "resvg", "") if judged else None
    status = "scored" if judged else "policy_fault"
    reward = Reward(0.5, status, verdict=judged, rendering=rendering, failure=failure)
    return Attempt(number, "draft", 0, "", source, reward, **more)


def failed(message, detail="", code="exception", source=SOURCE):
    failure = Failure(kind="policy", stage="render", code=code, message=message, detail=detail)
    return attempt(failure=failure, source=source)


class TestChanges:
    def test_one_place_is_one_error_whatever_the_words(self):
        before = verdict(error(words="too wide", bbox=(0, 0, 10, 10)), error("style_error"))
        after = verdict(
            error(words="too narrow", bbox=(1, 0, 11, 10), severity=1),
            error(words="gone", bbox=(50, 50, 60, 60)),
        )
        done = changes(before, after)
        assert done.fixed == (before.errors[1],)
        assert done.left == (after.errors[0],)
        assert done.broken == (after.errors[1],)

    def test_without_places_words_decide(self):
        one = verdict(error("text_error", words='The title reads "Rian".', location="title"))
        two = verdict(error("text_error", words="The legend is missing.", location="legend"))
        assert changes(one, one).left == one.errors
        assert changes(one, two).fixed == one.errors
        assert changes(None, two).broken == two.errors


class TestLines:
    def test_elements_by_their_boxes_and_words_by_their_quotes(self):
        found = verdict(
            error(bbox_prediction=(11, 10, 61, 51)),
            error(bbox_prediction=(54, 54, 86, 86)),
            error(bbox_prediction=(39, 39, 50, 50)),  # one part of a path
            error("text_symbol_error", words='The text "Pain in Oslo" reads "Rain in Oslo".'),
            error(bbox_prediction=(80, 0, 96, 9)),
            error(bbox=(11, 10, 61, 51)),
        )
        lines = blamed(SOURCE, found, "svg", PICTURE)
        assert lines == ((2,), (4,), (3,), (5,), (), ())

    def test_programs_and_tables_by_their_words(self):
        program = "import x\nx.title('Rain in Oslo')\nx.show()\n"
        found = verdict(error(words='It reads "Rain  in oslo".'), error(words='It reads "x".'))
        assert blamed(program, found, "chart", PICTURE) == ((2,), ())
        assert blamed(program, found, "svg", PICTURE) == ((2,), ())  # not XML


class TestWords:
    def test_severe_entries_first_with_place_and_line(self):
        judged = verdict(
            error(severity=1, words="It is pale."),
            error(
                severity=3, words="It is too wide.", location="left", bbox_prediction=(1, 2, 3, 4)
            ),
            distance=0.25,
        )
        best = attempt(judged, lines=((), (2,)))
        assert feedback.of_verdict(best, best).splitlines() == [
            "Differences (2 in all; boxes in pixels of each picture, the attempt is 96 x 96):",
            "1. [3, misleads; shape_error] It is too wide. At: left; attempt [1, 2, 3, 4].",
            '   line 2: <rect x="10" y="10" width="50" height="40" fill="teal"/>',
            "2. [1, minor; shape_error] It is pale.",
            "Distance from the reference: 0.250 (0 is equal).",
        ]

    def test_a_long_list_is_cut(self):
        many = attempt(verdict(*[error(words=f"error {n}") for n in range(99)]))
        words = feedback.of_verdict(many, None)
        assert "... and 79 more" in words
        assert len(words) < 2500

    def test_what_the_last_revision_did(self):
        old, new = error(words="The hat is red."), error("style_error", words="The cat is big.")
        best, worse = attempt(verdict(old)), attempt(verdict(new), number=1)
        words = feedback.of_verdict(best, worse)
        assert "given up" in words
        assert "It fixed: The hat is red. It broke: The cat is big." in words
        better = attempt(verdict(new), number=1, fixed=(old,))
        assert "was better. It fixed: The hat is red" in feedback.of_verdict(better, better)
        crashed = feedback.of_verdict(best, Attempt(1, "revise", 0, "", "", failed("boom").reward))
        assert "given up: boom" in crashed

    def test_failures(self):
        trace = "Traceback\n" + "  File\n" * 40 + '  File "program.py", line 2\nValueError: no'
        words = feedback.of_failure(failed("line 2: ValueError: no", trace, source="a = 1\nb(a)"))
        assert words.count("  File\n") < 12
        assert words.splitlines()[-1] == "line 2: b(a)"
        late = feedback.of_failure(failed("it was stopped", code="timeout"))
        assert late.endswith("it must be done within seconds.")
        assert drawing(3) not in late
