from written_pairs import write_pairs

from visual_erm.train.card import Facts, data_of, text
from visual_erm.train.settings import load_preset

FINAL = {"evaluation": "final", "f1": 0.5, "unread": 0.25, "chart/f1": 0.5, "chart/unread": 0.25}


def facts(tmp_path, **other):
    pairs, held = (
        data_of(write_pairs(tmp_path / name, first=first))
        for name, first in (("pairs", 0), ("held", 9))
    )
    told = {
        "settings": load_preset("paper"),
        "data": [pairs],
        "held": [held],
        "steps": 3,
        "losses": [2.0, 1.0],
        "bounds": (64, 4096),
        "device": "cpu",
        "evaluations": [{"evaluation": 0, "f1": 0.0, "unread": 1.0}, FINAL],
        "profile": "0" * 12,
    }
    return Facts(**(told | other))


def test_a_card_tells_what_was_measured_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("visual_erm.train.card.version", lambda name: "1")
    said = text(facts(tmp_path))
    assert said.startswith('---\nbase_model: "Qwen/Qwen3-VL-8B-Instruct"\n')
    assert "| step 0 | 0.000 | - | - | 1.000 |" in said
    assert "| final | 0.500 | - | - | 0.250 |" in said
    assert "| chart | 0.500 |" in said
    assert "| 18 | 6 | edit 12, identical 6 |" in said
    assert "chart data_error 4" in said
    assert "| learning_rate | 1e-05 |" in said
    assert "2.000 first, 1.000 last" in said
    assert "64 to 4,096 pixels" in said


def test_a_judge_that_was_not_measured_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("visual_erm.train.card.version", lambda name: "1")
    assert "nothing is known of how good" in text(facts(tmp_path, held=[], evaluations=[]))
