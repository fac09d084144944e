"""The order that keeps a policy honest holds for every list of errors."""

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visual_erm.errors import UsageError
from visual_erm.rewards.shaping import SHAPINGS, Fixed, Graded, Outcome, Paper, Raw, make_shaping
from visual_erm.types import TASKS, Discrepancy, Failure, JudgeIdentity, Verdict

SEVERITIES = st.lists(st.sampled_from([1, 2, 3]), max_size=40).map(tuple)
DISTANCES = st.none() | st.floats(0, 1)
TASK = st.sampled_from(TASKS)


def failed(kind="policy", code="exception"):
    failure = Failure(kind=kind, stage="render", code=code, message="")
    return Outcome("chart", failure=failure)


def value(shaping, outcome):
    return shaping([outcome])[0]


@pytest.mark.parametrize("name", SHAPINGS)
@pytest.mark.parametrize("kind", ["judge", "infrastructure"])
def test_unscored_is_not_zero(name, kind):
    assert value(make_shaping(name), failed(kind)) is None


@pytest.mark.parametrize("name", SHAPINGS)
def test_shapings_are_picklable_and_state_their_range(name):
    shaping = make_shaping(name)
    assert pickle.loads(pickle.dumps(shaping)) == shaping
    assert shaping.name == name
    assert shaping.low < shaping.high
    assert make_shaping(shaping) is shaping


def test_unknown_names_and_options_are_refused():
    with pytest.raises(UsageError, match="known: fixed, graded, paper, raw"):
        make_shaping("best")
    for wrong in [
        lambda: Graded(noise_floor=1),
        lambda: Graded(half=0),
        lambda: Graded(blank=0.1),
        lambda: Fixed(constant=0),
        lambda: Raw(failed=-1),
    ]:
        with pytest.raises(UsageError):
            wrong()


def test_an_outcome_is_made_of_a_verdict():
    errors = [Discrepancy(category="text_error", severity=s) for s in (1, 3)]
    verdict = Verdict(task="svg", errors=errors, judge=JudgeIdentity(name="x"), distance=0.5)
    assert Outcome.of(verdict) == Outcome("svg", (1, 3), 0.5)


class TestGraded:
    graded = Graded()

    def test_worked_example(self):
        # of 100 what a distance of 0.1 weighs, and of 4 / (1 + 4 / 100) what that leaves
        seen = 0.1 * (0.02 + 0.98 * 0.1)
        badness = 100 * seen + (1 - 0.9 * seen) * 4 / 1.04
        assert value(self.graded, Outcome("table", (1, 3), 0.1)) == pytest.approx(
            0.05 + 0.95 / (1 + badness / 10)
        )
        # of drawings, of 60 and log(1 + 4)
        badness = 60 * seen + (1 - 0.9 * seen) * math.log(5) / (1 + math.log(5) / 60)
        assert value(self.graded, Outcome("svg", (1, 3), 0.1)) == pytest.approx(
            0.05 + 0.95 / (1 + badness / 10)
        )
        # a judge without a distance has only its list
        assert value(self.graded, Outcome("svg", (1, 3))) == pytest.approx(0.05 + 0.95 / 1.4)

    @given(TASK, SEVERITIES, DISTANCES)
    def test_order(self, task, severities, distance):
        honest = value(self.graded, Outcome(task, severities, distance))
        blank = value(self.graded, failed(code="blank"))
        assert value(self.graded, failed()) == 0.0
        assert 0 < blank < self.graded.floor < honest <= 1
        assert (honest == 1.0) <= (not severities)

    @given(SEVERITIES, DISTANCES, st.data())
    def test_every_severity_counts(self, severities, distance, data):
        outcome = Outcome("chart", severities, distance)
        added = replace(outcome, severities=(*severities, 1))
        assert value(self.graded, added) < value(self.graded, outcome)
        low = [index for index, severity in enumerate(severities) if severity < 3]
        if low:
            at = data.draw(st.sampled_from(low))
            raised = (*severities[:at], severities[at] + 1, *severities[at + 1 :])
            assert value(self.graded, replace(outcome, severities=raised)) < value(
                self.graded, outcome
            )

    @given(SEVERITIES, st.floats(0, 1), st.floats(0, 1))
    def test_distance_counts(self, severities, one, other):
        near, far = sorted((one, other))
        values = self.graded([Outcome("svg", severities, near), Outcome("svg", severities, far)])
        assert values[0] >= values[1]
        if far - near > 1e-9:
            assert values[0] > values[1]

    def test_a_small_distance_outweighs_no_error_and_a_large_one_does(self):
        one = value(self.graded, Outcome("chart", (1,), 0.2))
        assert value(self.graded, Outcome("chart", (3, 3), 0.1)) < one
        assert value(self.graded, Outcome("chart", (3, 3), 0.3)) > value(
            self.graded, Outcome("chart", (1,), 0.6)
        )

    def test_ten_thousand_errors_differ_from_one_more_even_in_float32(self):
        values = self.graded([Outcome("chart", (3,) * n) for n in range(9_980, 10_001)])
        single = np.array(values, np.float32)
        assert np.all(np.diff(single) < 0)
        assert single[-1] > self.graded.floor

    def test_noise_floor(self):
        graded = Graded(noise_floor=0.1)
        assert value(graded, Outcome("chart", (), 0.1)) == 1.0
        assert value(graded, Outcome("chart", (), 0.11)) < 1.0
        assert value(graded, Outcome("chart", (), 1.0)) == value(
            self.graded, Outcome("chart", (), 1.0)
        )


class TestPaper:
    def test_worked_example(self):
        batch = [Outcome("chart", (3, 3)), Outcome("chart", (3,)), Outcome("chart"), failed()]
        values = Paper()(batch)
        assert values == pytest.approx([1.0, 1.5, 2.0, 0.0], abs=1e-6)

    def test_the_maximum_is_of_the_task(self):
        batch = [Outcome("svg", (1,)), Outcome("svg", (2,)), Outcome("chart", (3,) * 9)]
        assert Paper()(batch)[0] == pytest.approx(1.5, abs=1e-6)

    @given(st.lists(st.builds(Outcome, TASK, SEVERITIES), max_size=8))
    def test_range(self, outcomes):
        assert all(1 <= one <= 2 for one in Paper()(outcomes))


class TestFixed:
    def test_worked_example(self):
        assert value(Fixed(), Outcome("chart", (3, 2))) == pytest.approx(1.9)
        assert value(Fixed(rescaled=True), Outcome("chart", (3, 2))) == pytest.approx(0.95)
        assert value(Fixed(constant=10), Outcome("chart", (3, 2))) == pytest.approx(1.5)
        assert value(Fixed(), Outcome("chart", (3,) * 40)) == 1.0
        assert value(Fixed(), failed()) == value(Fixed(), failed(code="blank")) == 0.0

    @given(SEVERITIES, st.booleans())
    def test_range(self, severities, rescaled):
        shaping = Fixed(rescaled=rescaled)
        honest = value(shaping, Outcome("chart", severities))
        assert shaping.high / 2 <= honest <= shaping.high


class TestRaw:
    def test_worked_example(self):
        assert value(Raw(), Outcome("table", (3, 2))) == -5.0
        assert value(Raw(), failed()) is None
        assert Raw().low == -math.inf

    @given(SEVERITIES)
    def test_breaking_the_renderer_never_pays(self, severities):
        shaping = Raw(failed=-20)
        honest = value(shaping, Outcome("table", severities))
        assert shaping.low == value(shaping, failed()) == -20 < honest <= 0
