import json

import pytest

from visual_erm.errors import InputError, UsageError
from visual_erm.judges.profile import load_profile
from visual_erm.train.settings import load_preset, presets


def test_every_preset_reads_and_names_a_profile_that_is_there():
    for name in presets():
        settings = load_preset(name)
        assert load_profile(settings.profile).name == settings.profile
        assert settings.about


def test_the_published_hyperparameters():
    paper = load_preset("paper")
    assert (paper.learning_rate, paper.batch, paper.epochs, paper.lora) == (1e-5, 32, 3.0, 0)
    assert not paper.freeze_vision


def test_what_is_not_stated_stays_and_what_is_wrong_is_said(tmp_path):
    changed = load_preset("lora").changed(learning_rate=None, steps=7)
    assert (changed.learning_rate, changed.steps) == (1e-4, 7)
    with pytest.raises(UsageError, match=r"learning_rate: .*greater than 0; got -1"):
        changed.changed(learning_rate=-1)
    with pytest.raises(UsageError, match="known: lora, paper"):
        load_preset("mine")
    (tmp_path / "mine.json").write_text(json.dumps({"model": "m"}))
    with pytest.raises(InputError, match="learning_rate: Field required"):
        load_preset(str(tmp_path / "mine.json"))


def test_a_batch_is_accumulated_over_devices_or_refused():
    paper = load_preset("paper")
    assert paper.accumulated(4) == 8
    with pytest.raises(UsageError, match="a batch of 32 cannot be split into 3 devices"):
        paper.accumulated(3)
