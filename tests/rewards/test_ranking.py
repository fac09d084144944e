"""Which candidate is closest: pairs and groups, both orders asked."""

import subprocess
import sys

import numpy as np
import pytest
from judge_server import MODEL, JudgeServer, completion

from visual_erm.errors import InfrastructureFault, JudgeFault, UsageError
from visual_erm.judges.parse import read_ranking
from visual_erm.rewards.ranking import make_ranker, places_of, prefer, tau
from visual_erm.types import Discrepancy, JudgeIdentity, Verdict

WHITE = np.full((60, 90, 3), 255, np.uint8)


def marked(width):
    picture = WHITE.copy()
    picture[20:40, 10 : 10 + width] = (10, 90, 160)
    return picture


REFERENCE = marked(70)


def verdict(distance, *severities):
    errors = [
        Discrepancy(category="data_error", severity=severity, description="a mark")
        for severity in severities
    ]
    identity = JudgeIdentity(name="tells")
    return Verdict(task="chart", errors=errors, distance=distance, judge=identity)


def says(*rankings):
    return [(200, completion({"ranking": ranking}), {}) for ranking in rankings]


def rank(candidates, *rankings):
    with JudgeServer(*says(*rankings)).running() as server:
        ranker = make_ranker(f"endpoint:{server.url}#{MODEL}?profile=plain")
        return ranker.rank(REFERENCE, candidates, "chart"), server


def test_both_orders_are_asked_and_averaged():
    candidates = [marked(width) for width in (60, 40, 20)]
    # the second answer counts from the other end
    ranking, server = rank(candidates, [1, 2, 3], [[3], [2], [1]])
    assert ranking.places == (0, 1, 2)
    assert ranking.agreement == 1
    assert ranking.usage["requests"] == 2
    first, second = (body["messages"][0]["content"] for _, body in server.requests)
    assert "numbered 1 to 3" in first[-1]["text"]
    assert first[0] == second[0]
    assert first[1:4] == second[3:0:-1]
    assert "response_format" not in server.requests[0][1]


def test_a_model_that_likes_what_comes_first_says_nothing():
    pair = [marked(60), marked(20)]
    ranking, _ = rank(pair, [1, 2], [1, 2])
    assert ranking.places == (0.5, 0.5)
    assert ranking.agreement == -1
    with JudgeServer(*says([1, 2], [2, 1])).running() as server:
        ranker = make_ranker(f"endpoint:{server.url}#{MODEL}")
        assert prefer(ranker, REFERENCE, *pair, "chart") == "first"
    with JudgeServer(*says([1, 2])).running() as server:
        ranker = make_ranker(f"endpoint:{server.url}#{MODEL}")
        assert prefer(ranker, REFERENCE, *pair, "chart") == "neither"


def test_an_unreadable_ranking_is_sent_back_once():
    pair = [marked(60), marked(20)]
    replies = says([1], [1, 2], [2, 1])
    with JudgeServer(*replies).running() as server:
        ranker = make_ranker(f"endpoint:{server.url}#{MODEL}?profile=plain&repair=1")
        ranking = ranker.rank(REFERENCE, pair, "chart")
    assert (ranking.places, ranking.usage["requests"]) == ((0, 1), 3)
    sent_back = server.requests[1][1]["messages"]
    assert [message["role"] for message in sent_back] == ["user", "assistant", "user"]
    assert "does not rank each of 2 candidates once" in sent_back[-1]["content"]


def test_what_needs_no_model_is_not_asked():
    ranking, server = rank([marked(20), REFERENCE, marked(20)], [1, 2])
    assert ranking.places == (1.5, 0, 1.5)
    assert server.requests == []


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "The first.",
        '{"ranking": [1]}',
        '{"ranking": [1, 2, 2]}',
        '{"ranking": [1, 3]}',
        '{"ranking": [1.0, 2.0]}',
        '{"ranking": [true, 2]}',
        '{"ranking": "12"}',
        '{"ranking": 1}',
        '{"ranking": [[1, 2',
    ],
)
def test_a_ranking_is_never_guessed(reply):
    with pytest.raises(JudgeFault):
        read_ranking(reply, 2)


@pytest.mark.parametrize(
    "reply",
    [
        '<think>maybe {"ranking": [1, 2]}</think> {"ranking": [["2"], [1]]}',
        'First {"ranking": [1, 2]}, no:\n```json\n{ "ranking": [2, [1]] }\n```',
    ],
)
def test_the_last_ranking_counts(reply):
    assert read_ranking(reply, 2) == (1, 0)


def ranker_of(server, folder, options=""):
    return make_ranker(f"endpoint:{server.url}#{MODEL}?profile=plain&cache={folder}{options}")


def test_what_was_asked_once_is_not_asked_again_and_one_pixel_is_another_question(tmp_path):
    group = [marked(60), marked(20)]
    with JudgeServer(*says([1, 2], [2, 1])).running() as server:
        first = ranker_of(server, tmp_path).rank(REFERENCE, group, "chart")
        # another ranker, as after a restart; what stands beside them twice changes nothing
        again = ranker_of(server, tmp_path).rank(REFERENCE, [*group, REFERENCE], "chart")
        assert (first.places, again.places) == ((0, 1), (1, 2, 0))
        assert (first.usage["cached"], again.usage["cached"]) == (0, 1)
        assert (first.usage["requests"], again.usage["requests"]) == (2, 0)
        assert len(server.requests) == 2
        pixel = marked(20)
        pixel[0, 0, 0] = 254
        other = REFERENCE.copy()
        other[0, 0, 0] = 254
        asked = 2
        for reference, candidates, task, options in (
            (REFERENCE, [group[0], pixel], "chart", ""),
            (other, group, "chart", ""),
            (REFERENCE, group[::-1], "chart", ""),
            (REFERENCE, group, "svg", ""),
            (REFERENCE, group, "chart", "&repair=1"),
        ):
            ranker_of(server, tmp_path, options).rank(reference, candidates, task)
            asked += 2
            assert len(server.requests) == asked
        server.roots[MODEL] = "/models/fine-tuned"  # another model of the same name
        ranker_of(server, tmp_path).rank(REFERENCE, group, "chart")
        assert len(server.requests) == asked + 2


OTHER_PROCESS = """
import sys
import numpy as np
from visual_erm.rewards.ranking import make_ranker

pictures = np.load(sys.argv[2])["pictures"]
ranking = make_ranker(sys.argv[1]).rank(pictures[0], list(pictures[1:]), "chart")
print(*ranking.places, ranking.usage["cached"], ranking.agreement)
"""


def test_two_processes_agree_on_what_they_asked(tmp_path):
    group = [marked(60), marked(20), marked(40)]
    np.savez(tmp_path / "pictures.npz", pictures=np.stack([REFERENCE, *group]))
    with JudgeServer(*says([1, 3, 2], [3, 2, 1])).running() as server:
        spec = f"endpoint:{server.url}#{MODEL}?profile=plain&cache={tmp_path}"
        told = [
            subprocess.run(
                [sys.executable, "-c", OTHER_PROCESS, spec, tmp_path / "pictures.npz"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout.split()
            for _ in range(2)
        ]
        assert len(server.requests) == 2
    assert [one[3] for one in told] == ["0.0", "1.0"]
    assert told[0][:3] == told[1][:3] and told[0][4] == told[1][4]


def test_faults_and_cut_replies_are_never_kept(tmp_path):
    group = [marked(60), marked(20)]
    cut = (200, completion({"ranking": [1, 2]}, finish="length"), {})
    unread, down = says([1])[0], (400, {"error": "no"}, {})
    good = says([1, 2], [2, 1])
    # the first order was answered before the second failed: neither is kept
    with JudgeServer(good[0], unread, good[0], down, cut, good[1], *good).running() as server:
        for fault in (JudgeFault, InfrastructureFault):
            with pytest.raises(fault):
                ranker_of(server, tmp_path).rank(REFERENCE, group, "chart")
        for asked in (6, 8, 8):
            ranking = ranker_of(server, tmp_path).rank(REFERENCE, group, "chart")
            assert (ranking.places, len(server.requests)) == ((0, 1), asked)
    assert ranking.usage["cached"] == 1


def test_any_judge_ranks_by_its_verdicts():
    ranking = make_ranker("embedded").rank(REFERENCE, [marked(30), marked(65)], "svg")
    assert ranking.places == (1, 0)


def test_what_is_paid_more_has_the_better_place():
    """By the distance alone a picture with five severe errors had it, as it was nearer."""
    verdicts = iter([verdict(0.02, 3, 3, 3, 3, 3), verdict(0.03, 1)])

    class Tells:
        identity = JudgeIdentity(name="tells")

        def compare(self, reference, candidate, task):
            return next(verdicts)

    assert make_ranker(Tells()).rank(REFERENCE, [marked(30), marked(65)], "chart").places == (1, 0)


def test_options_that_mean_nothing_here():
    with JudgeServer().running() as server, pytest.raises(UsageError, match='"samples"'):
        make_ranker(f"endpoint:{server.url}#{MODEL}?samples=3")


def test_ties():
    assert places_of([5.0]) == (0,)
    assert places_of([1, 1, 1]) == (1, 1, 1)
    assert tau([0], [0]) == 1
    assert tau([0.5, 0.5], [0.5, 0.5]) == 1
