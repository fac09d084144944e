"""What the trees see of a finding, and that they see nothing of how pairs are made."""

import cv2
import numpy as np
import pytest

from visual_erm import examples, images, renderers
from visual_erm.judges import distance, trust
from visual_erm.judges.embedded import EmbeddedJudge
from visual_erm.types import CATEGORIES, TASKS, Discrepancy


def pictures():
    """A reference with two squares; one has another colour in the candidate."""
    reference = np.full((200, 300, 3), 255, np.uint8)
    cv2.rectangle(reference, (20, 20), (80, 80), (200, 30, 30), -1)
    cv2.rectangle(reference, (150, 100), (210, 160), (30, 30, 200), -1)
    candidate = reference.copy()
    cv2.rectangle(candidate, (150, 100), (210, 160), (30, 160, 30), -1)
    return reference, candidate


def finding(box, words="colour differs", severity=2):
    return Discrepancy(
        category="style_error",
        severity=severity,
        description=words,
        bbox=box,
        bbox_prediction=box,
    )


def evidence(found, reference, candidate, task="svg"):
    return trust.evidence(found, reference, candidate, distance.measure(reference, candidate), task)


REAL, IDLE = finding((150, 100, 211, 161)), finding((20, 20, 81, 81))


@pytest.mark.parametrize("task", TASKS)
def test_the_trees_fit_the_evidence(task):
    reference, candidate = pictures()
    found = [REAL.model_copy(update={"category": CATEGORIES[task][0]})]
    (chance,) = trust.probabilities(evidence(found, reference, candidate, task), task)
    assert 0 <= chance <= 1


def test_neither_words_nor_place_nor_company_are_evidence():
    reference, candidate = pictures()
    said, idle = evidence([REAL, IDLE], reference, candidate)
    assert not np.array_equal(said, idle)
    assert np.array_equal(said[-trust.OF_PAIR :], idle[-trust.OF_PAIR :])
    other = [finding(error.bbox, "another palette") for error in (REAL, IDLE)]
    assert np.array_equal(evidence(other, reference, candidate), [said, idle])
    turned = [np.ascontiguousarray(image[::-1, ::-1]) for image in (reference, candidate)]
    boxes = [(300 - x1, 200 - y1, 300 - x0, 200 - y0) for x0, y0, x1, y1 in (REAL.bbox, IDLE.bbox)]
    elsewhere = evidence([finding(box) for box in boxes], *turned)
    assert np.allclose(elsewhere, [said, idle], atol=0.05, rtol=0.05)


def test_a_finding_where_nothing_differs_is_the_first_to_be_left_out():
    reference, candidate = pictures()
    measures = distance.measure(reference, candidate)
    found = [IDLE, REAL]
    assert trust.believed(found, reference, candidate, measures, "svg", doubt=0.6) == [REAL]
    assert trust.believed(found, reference, candidate, measures, "svg", doubt=0) == found
    severe = [IDLE.model_copy(update={"severity": 3}), REAL]
    for sure in (severe, [IDLE] * trust.FAR):
        assert trust.kept(sure, [0.0] * len(sure), "svg", 1)[0] == sure[0]
    assert trust.believed([], reference, candidate, measures, "svg") == []


def test_a_flood_of_unlikely_severe_findings_in_a_chart_is_left_out():
    severe = [finding((x, 20, x + 9, 81), severity=3) for x in range(20, 120, 10)]
    real = finding((150, 100, 211, 161))
    assert trust.kept([*severe, real], [0.05] * len(severe) + [0.9], "chart") == [real]
    assert trust.kept([*severe, real], [0.6] * len(severe) + [0.1], "chart") == [*severe, real]
    assert trust.kept(severe, [0.05] * 9 + [0.1], "chart") == severe[-1:]


@pytest.mark.parametrize("task", TASKS)
def test_a_trace_of_compression_changes_no_belief(task):
    """Harmless pairs of the data engine are compressed, shifted and dimmed; edits need not be."""
    example = examples.load_all(task)[0]
    reference, candidate = (
        renderers.render(source, task=task).image
        for source in (example.reference, example.attempts[0].source)
    )
    found = EmbeddedJudge(doubt=0).compare(reference, candidate, task).errors
    assert found
    kept = []
    for picture in (candidate, images.load(images.encode_jpeg(candidate, quality=92))):
        measures = distance.measure(reference, picture)
        kept.append(trust.believed(found, reference, picture, measures, task))
    assert kept[0] == kept[1]
