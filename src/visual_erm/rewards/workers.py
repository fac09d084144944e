"""Processes that judge rows; each opens the judge once, and ends with its parent process."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from visual_erm.rewards.visual import VisualReward

_reward: VisualReward | None = None


def pool(reward: VisualReward, *, size: int | None = None) -> ProcessPoolExecutor:
    """Workers for `work`; started afresh, so that nothing of this process is in them."""
    return ProcessPoolExecutor(
        size or reward.workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(reward,),
    )


def work(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row of results, in a worker."""
    from visual_erm.rewards.runs import score_row

    assert _reward is not None
    return score_row(_reward, row)


def _begin(reward: VisualReward) -> None:
    global _reward  # noqa: PLW0603 - a worker process is for one reward
    _reward = reward
    reward.workers = 1
    # Ctrl-C reaches the whole group; the parent decides what becomes of the rows
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed cannot say so, and its workers would wait for rows for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
