import sys

import pytest
from written_pairs import write_pairs

from visual_erm.data import shards
from visual_erm.errors import InputError, MissingPackage
from visual_erm.judges.parse import read_reply
from visual_erm.judges.profile import load_profile
from visual_erm.train.judge import train_judge
from visual_erm.train.pairs import refuse_leak, sample
from visual_erm.train.settings import load_preset
from visual_erm.types import JudgeIdentity


def test_a_sample_has_two_pictures_reference_first_and_a_reply_that_reads(tmp_path):
    profile = load_profile("published")
    for row in shards.read(write_pairs(tmp_path / "pairs")):
        made = sample(row, profile)
        slots = [part["type"] for part in made["prompt"][-1]["content"]]
        assert slots == ["image", "image", "text"]
        reference, prediction = made["images"]
        assert (reference.tobytes() == prediction.tobytes()) == (row["kind"] == "identical")
        said = made["completion"][0]["content"]
        verdict = read_reply(said, row["task"], JudgeIdentity(name="test"))
        assert [error.severity for error in verdict.errors] == [2] * len(row["errors"])


def test_a_reference_on_both_sides_is_a_leak(tmp_path):
    train = write_pairs(tmp_path / "train", seeds=3)
    refuse_leak([train], [write_pairs(tmp_path / "apart", first=10)])
    with pytest.raises(InputError, match=r'3 of 6 held-back references .* example "chart/2"'):
        refuse_leak([train], [write_pairs(tmp_path / "held", first=2)])


def test_the_same_picture_under_another_name_is_a_leak(tmp_path):
    train = write_pairs(tmp_path / "train", seeds=1)
    # pictures repeat after sixty seeds
    held = write_pairs(tmp_path / "held", first=60, seeds=2, tasks=("svg",))
    with pytest.raises(InputError, match=r'1 of 2 held-back .* for example "svg/60"'):
        refuse_leak([train], [held])


def test_without_trl_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackage, match=r"pip install 'visual-erm\[train\]'"):
        train_judge([tmp_path], tmp_path / "out", load_preset("paper"))
