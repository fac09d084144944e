import json
import random
from collections import Counter

import pytest

from visual_erm.data.models.pool import read_pool
from visual_erm.errors import InputError, UsageError


def test_members_are_asked_as_often_as_they_weigh():
    pool = read_pool(["http://a/v1#big?weight=3", "http://b/v1#small"], "editor")
    rng = random.Random(0)
    first = Counter(pool.order(rng)[0].model for _ in range(2000))
    pool.close()
    assert first["big"] == pytest.approx(1500, abs=80)


def test_a_file_holds_a_pool(tmp_path):
    path = tmp_path / "pool.json"
    path.write_text(
        json.dumps(
            [
                {"urls": ["http://a/v1"], "model": "m", "key": "MY_KEY", "price_in": 0.25},
                {"urls": ["http://b/v1"], "model": "n", "temperature": 0.7},
            ]
        )
    )
    pool = read_pool([str(path)], "editor")
    one, two = pool.members
    pool.close()
    assert one.cost({"prompt_tokens": 2e6, "completion_tokens": 9.0}) == 0.5
    assert two.body([])["temperature"] == 0.7
    assert "temperature" not in one.body([])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", "not valid JSON"),
        ("[]", "has no members"),
        ('[{"urls": [], "model": "m"}]', r"0\.urls"),
        ('[{"urls": ["http://a"], "model": "m", "secret": "x"}]', r"0\.secret"),
    ],
)
def test_files_that_are_no_pool(tmp_path, text, words):
    path = tmp_path / "pool.json"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_pool([str(path)], "editor")


def test_a_value_that_is_none(tmp_path):
    with pytest.raises(UsageError, match="editor m: price_in"):
        read_pool(["http://a#m?price_in=cheap"], "editor")
