"""How many processors this process may keep busy: the default size of all that runs at once.

A trainer starts one process for each GPU, and each of them draws and judges. If each took the whole
machine, they would stand in each other's way.
"""

from __future__ import annotations

import os

_limit: int | None = None


def processors() -> int:
    """What `limit` says, else what is `available`."""
    return available() if _limit is None else _limit


def available() -> int:
    """Those that this process may run on, divided by the trainer's ranks on this machine.

    The number of ranks is LOCAL_WORLD_SIZE, as torchrun and accelerate set it. At least 1.
    """
    ranks = os.environ.get("LOCAL_WORLD_SIZE", "1")
    return max(1, len(os.sched_getaffinity(0)) // max(1, int(ranks) if ranks.isdigit() else 1))


def limit(count: int | None) -> None:
    """Let this process keep `count` busy, from now on; None for the default again.

    Pools that run already keep their size.
    """
    global _limit  # noqa: PLW0603 - one machine, one share of it
    _limit = count
