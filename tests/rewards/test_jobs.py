import numpy as np

from visual_erm.rewards.jobs import PARTS, UNKNOWN, Job, Seen, keys, parts_of, unjudged
from visual_erm.types import Failure

WHITE = np.full((8, 9, 3), 255, np.uint8)


def test_jobs_are_equal_where_source_task_and_the_pixels_of_the_reference_are():
    lost = Failure(kind="infrastructure", stage="load", code="bad_item", message="no")
    other = WHITE.copy()
    other[0, 0, 0] = 0
    jobs = [
        Job("svg", WHITE, "<svg/>", None),
        Job("svg", WHITE.copy(), "<svg/>", None),
        Job("svg", other, "<svg/>", None),
        Job("table", WHITE, "<svg/>", None),
        # pictures are never compared: that would cost what it saves
        Job("svg", WHITE, None, WHITE),
        Job("svg", WHITE, None, WHITE),
        lost,
        Job("svg", b"no picture", "<svg/>", None),
    ]
    found = keys(jobs)
    assert found[0] == found[1]
    assert len(set(found)) == len(jobs) - 1


def test_what_nobody_knows_is_no_value():
    fault = Failure(kind="policy", stage="render", code="exception", message="no")
    parts = parts_of(unjudged(fault, Seen(blank=False)), None)
    assert tuple(parts) == PARTS
    assert (parts["render"], parts["blank"], parts["scored"]) == (0, 0, 0)
    assert parts["n_errors"] == parts["seconds_judge"] == UNKNOWN
