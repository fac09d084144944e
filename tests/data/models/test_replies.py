import pytest

from visual_erm.data.models.replies import Replies
from visual_erm.endpoints import Reply
from visual_erm.errors import InputError

USAGE = {"requests": 2.0, "prompt_tokens": 100.0, "completion_tokens": 10.0, "seconds": 1.5}
REPLY = Reply("words", "stop", "", USAGE)


def test_a_reply_is_there_again(tmp_path):
    path = tmp_path / "replies.sqlite"
    replies = Replies(path)
    assert replies.spent() == [] and not path.exists()
    assert replies.get("k") is None
    replies.put("k", "editor", "m", REPLY, 0.5)
    replies.put("k", "editor", "m", REPLY, 0.5)
    replies.close()
    again = Replies(path)
    assert again.get("k") == REPLY
    (spent,) = again.spent()
    again.close()
    assert (spent.replies, spent.requests, spent.money) == (1, 2, 0.5)


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "replies.sqlite"
    path.write_text("mine" * 1000)
    with pytest.raises(InputError, match="file is not a database"):
        Replies(path).get("k")
    assert path.read_text() == "mine" * 1000
