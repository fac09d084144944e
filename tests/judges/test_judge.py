"""One function compares two pictures in any form; judges are found by name."""

import json

import numpy as np
import pytest

import visual_erm
from visual_erm import images
from visual_erm.errors import ImageError, UsageError
from visual_erm.judges import make_judge
from visual_erm.judges.scripted import ScriptedJudge

WHITE = np.full((60, 60, 3), 255, np.uint8)


def test_pictures_in_any_form(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(images.encode_png(WHITE))
    judge = ScriptedJudge([{"errors": []}] * 2)
    for candidate in (str(path), images.data_uri(WHITE)):
        assert visual_erm.judge(WHITE, candidate, task="svg", judge=judge).errors == ()


def test_messages_name_the_picture():
    with pytest.raises(ImageError, match="candidate: no such file"):
        visual_erm.judge(WHITE, "missing.png", task="svg", judge=ScriptedJudge([]))
    with pytest.raises(ImageError, match="reference is empty"):
        visual_erm.judge(b"", WHITE, task="svg", judge=ScriptedJudge([]))


def test_unknown_names():
    with pytest.raises(UsageError, match='no task "poem"; known: chart, table, svg'):
        visual_erm.judge(WHITE, WHITE, task="poem")
    with pytest.raises(
        UsageError, match='no judge "oracle"; known: cascade, embedded, endpoint, local'
    ):
        make_judge("oracle")
    with pytest.raises(UsageError, match="scripted:FILE"):
        make_judge("scripted:")


def test_judges_by_name(tmp_path):
    script = tmp_path / "script.jsonl"
    script.write_text(json.dumps({"errors": []}) + "\n")
    first, second = make_judge(f"scripted:{script}"), make_judge(f"scripted:{script}")
    assert isinstance(first, ScriptedJudge)
    assert first is not second
    assert make_judge("embedded") is make_judge("embedded")
    assert make_judge(first) is first


def test_the_function_is_not_replaced_by_a_module():
    import visual_erm.extraction
    import visual_erm.judges.parse

    assert callable(visual_erm.judge)
    assert callable(visual_erm.extract)
    assert visual_erm.extract("<svg x='1'></svg>", "svg").format == "svg"
