"""The tracer: drawings without a model, and settings that answer what the judge lists."""

import pytest
from refining import drawing

from visual_erm import refine, render
from visual_erm.errors import UsageError
from visual_erm.refinement.policies import Turn
from visual_erm.refinement.records import Attempt
from visual_erm.refinement.tracer import MOVES, Settings, TracerPolicy, _by_promise, _clipped
from visual_erm.types import Discrepancy, JudgeIdentity, Reward, Verdict

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="9" cy="9" r="6" '
    'fill="teal"/><circle cx="19" cy="19" r=".9" fill="teal"/>'
    '<path d="M3 3l18 18" stroke="red"/></svg>'
)


def attempt(*errors, settings=None, move="coarse", accepted=True):
    verdict = Verdict(task="svg", errors=errors, judge=JudgeIdentity(name="test"))
    reward = Reward(value=0.5, status="scored", verdict=verdict)
    notes = {"settings": vars(settings or Settings()), "move": move}
    return Attempt(0, "draft", 0, "", "<svg/>", reward, accepted, notes=notes)


def error(category, **boxes):
    return Discrepancy(category=category, severity=3, **boxes)


def test_it_draws_confined_and_ends_no_worse_than_it_began():
    picture = render(ICON, task="svg", max_side=128).image
    refined = refine(picture, task="svg", policy="tracer", rounds=1)
    first, *others = refined.attempts
    assert first.source.startswith("<?xml")
    assert first.notes["move"] == "coarse"
    assert first.value < 1.0
    assert others
    assert all(one.notes["settings"] != first.notes["settings"] for one in others)
    assert refined.value >= first.value


def test_what_it_tries_answers_the_list():
    gone = attempt(error("structure_error", bbox=(0, 0, 9, 9)))
    added = attempt(error("structure_error", bbox_prediction=(0, 0, 9, 9)))
    bent = attempt(error("shape_error", bbox=(0, 0, 9, 9), bbox_prediction=(0, 0, 9, 9)))
    assert _by_promise(gone, [])[0] == "keep specks"
    assert _by_promise(added, [])[0] in ("drop specks", "fewer colours")
    assert _by_promise(bent, [])[0] == "larger"
    lost = attempt(move="larger", accepted=False)
    assert _by_promise(bent, [bent, lost])[0] == "sharper"


def test_drafts_and_guesses_differ(reference):
    policy = TracerPolicy(workers=1)
    drafts = [policy.write(Turn("draft", "svg", reference, sample=n)) for n in range(3)]
    assert len({str(draft.notes["settings"]) for draft in drafts}) == 3
    guess = policy.write(Turn("reflect", "svg", reference, 1, previous=attempt()))
    assert guess.notes["move"] in MOVES
    with pytest.raises(UsageError, match='the task is "chart"'):
        policy.write(Turn("draft", "chart", reference))
    policy.close()


def test_settings_stay_where_vtracer_takes_them():
    settings = Settings()
    for move in [*MOVES, *MOVES, *MOVES, *MOVES]:
        settings = _clipped(MOVES[move](settings))
    assert 3.5 <= settings.length_threshold <= 10
    assert 1 <= settings.scale <= 4
    assert drawing(3)
