"""Profiles: the published layouts, files of the user's, and the schema of a reply."""

import io
import json

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from visual_erm import images
from visual_erm.errors import InputError, UsageError
from visual_erm.judges.parse import read_reply, to_wire
from visual_erm.judges.profile import load_profile, reply_schema
from visual_erm.types import CATEGORIES, TASKS, Discrepancy, JudgeIdentity, Verdict

WIDE = np.full((100, 2000, 3), 255, np.uint8)


def body(profile, task, picture=WIDE):
    return asked(load_profile(profile), picture, task)


def asked(profile, picture, task):
    return profile.body([profile.part(picture, task)] * 2, task)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", ["published", "benchmark", "plain"])
def test_every_built_in_profile_asks_for_every_category(name, task):
    text = next(
        part["text"]
        for message in body(name, task)["messages"]
        if message["role"] == "user"
        for part in message["content"]
        if part["type"] == "text"
    )
    for category in CATEGORIES[task]:
        assert f'"{category}_count": int' in text


def test_the_layouts_of_the_published_callers():
    chart, table, bench = (
        body("published", "chart"),
        body("published", "table"),
        body("benchmark", "svg"),
    )
    assert [part["type"] for part in chart["messages"][0]["content"]] == [
        "image_url",
        "image_url",
        "text",
    ]
    assert chart["messages"][0]["content"][0]["image_url"]["url"].startswith("data:image/jpeg")
    assert table["messages"][0] == {"role": "system", "content": "You are a helpful assistant."}
    assert (table["temperature"], table["repetition_penalty"], table["max_tokens"]) == (
        0,
        1.05,
        8192,
    )
    content = bench["messages"][1]["content"]
    assert [part["type"] for part in content] == ["text", "image_url", "image_url"]
    assert content[1]["image_url"]["detail"] == "high"
    assert "temperature" not in bench


@pytest.mark.parametrize("task", ["chart", "svg"])
def test_the_published_jpeg_is_as_pillow_saves_one_unasked(task):
    noise = np.random.default_rng(3).integers(0, 256, (40, 60, 3), np.uint8)
    saved = io.BytesIO()
    Image.fromarray(noise).save(saved, "JPEG")
    shown = load_profile("published").prepared(noise, task)
    assert np.array_equal(images.load(shown), images.load(saved.getvalue()))


def test_a_file_of_the_user_s_with_a_prompt_beside_it(tmp_path):
    (tmp_path / "mine.txt").write_text("What differs?")
    layout = {"prompt": "mine.txt", "sampling": {"temperature": 0.1}}
    (tmp_path / "mine.json").write_text(json.dumps({"name": "mine", "layouts": {"svg": layout}}))
    profile = load_profile(str(tmp_path / "mine.json"))
    assert asked(profile, WIDE, "svg")["messages"][0]["content"][2]["text"] == ("What differs?")
    with pytest.raises(UsageError, match='no layout for task "chart"'):
        asked(profile, WIDE, "chart")
    before = profile.digest
    (tmp_path / "mine.txt").write_text("What differs, please?")
    assert load_profile(str(tmp_path / "mine.json")).digest != before


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"name": "x"}', '{"name": "x", "layouts": {"poem": {}}}'],
)
def test_a_malformed_file_is_one_sentence(tmp_path, text):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_profile(str(path))
    assert "\n" not in str(caught.value)


def test_what_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="known: benchmark, plain, published"):
        load_profile("nonsense")
    with pytest.raises(InputError, match="cannot read"):
        load_profile(str(tmp_path / "absent.json"))


@pytest.mark.parametrize("task", TASKS)
def test_what_we_write_fits_the_schema_and_is_read_back(task):
    error = Discrepancy(category=CATEGORIES[task][0], severity=2, description="x")
    verdict = Verdict(task=task, errors=(error,), judge=JudgeIdentity(name="test"))
    wire = to_wire(verdict)
    Draft202012Validator(reply_schema(task)).validate(wire)
    assert read_reply(json.dumps(wire), task, verdict.judge).errors == verdict.errors
