"""The engine of many machines: the same `work` as `local` does, as tasks of Ray.

    build(recipe, folder, engine=on_ray)

A cluster is joined where RAY_ADDRESS names one or the caller has joined it; this package has to be
installed on its machines, in the same version. Otherwise Ray is started on this machine alone: it
listens on loopback (unless Ray was imported before), sends no usage statistics, keeps its files in
a folder of its own, and ends with the build. What is made is the same bytes as `local` makes.

Tasks, and not Ray Data: units come and go in order through a window, which bounds what is held
anywhere; and only a task can be told to give up on a unit that keeps killing its process.
"""

from __future__ import annotations

import itertools
import logging
import os
import socket
import tempfile
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from visual_erm.data.make import Unit
from visual_erm.data.pool import AHEAD, DEATHS, Work, work
from visual_erm.errors import BackendError, require

ADDRESS = "RAY_ADDRESS"
"""Variable of Ray's that names a cluster."""
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0"}
_ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Under which Ray takes the loopback address for the machine's, whatever the system."""

_SECONDS = 10.0
"""Until a cluster that does not answer counts as down."""


def on_ray(units: Sequence[Unit], workers: int | None) -> Generator[Work, None, None]:
    """`work` of each unit, in order, by so many tasks at once or one for each processor there is.

    Raises:
        MissingPackage: Ray is not installed.
        BackendError: it cannot start, or its processes keep dying.
    """
    with started(workers) as ray:
        task = ray.remote(work).options(num_cpus=1, max_retries=DEATHS)
        window = AHEAD * (workers or int(ray.cluster_resources().get("CPU", 1)))
        coming = iter(units)
        pending: deque[Any] = deque()
        try:
            while True:
                pending.extend(map(task.remote, itertools.islice(coming, window - len(pending))))
                if not pending:
                    return
                yield ray.get(pending.popleft())
        except ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except ray.exceptions.RayError as error:
            raise BackendError(
                f"processes of the build keep dying ({_first_line(error)}); what was finished is "
                "kept, run the command again to go on"
            ) from None
        finally:
            for left in pending:
                ray.cancel(left, force=True)


@contextmanager
def started(workers: int | None) -> Iterator[Any]:
    """The module ray, running as it does already or for as long as the block does.

    Args:
        workers: tasks at once, where Ray is started on this machine; its processors if None.

    Raises:
        MissingPackage: Ray is not installed.
        BackendError: it cannot start, or the cluster cannot be joined.
    """
    alone = ADDRESS not in os.environ
    # read by Ray when it is imported, and by the processes that it starts
    for name, value in (_QUIET | _ALONE if alone else _QUIET).items():
        os.environ.setdefault(name, value)
    ray = require("ray", extra="ray", feature="the engine ray")
    if ray.is_initialized():
        yield ray
        return
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
        if alone:
            options |= {"address": "local", "num_cpus": workers, "_temp_dir": folder}
            options["include_dashboard"] = False
        try:
            if not alone:
                _knock(os.environ[ADDRESS])
            ray.init(**options)
        except (RuntimeError, ValueError, OSError) as error:
            where = "start" if alone else f"join the cluster at {os.environ[ADDRESS]}"
            raise BackendError(f"Ray cannot {where}: {_first_line(error)}") from None
        try:
            yield ray
        finally:
            ray.shutdown()


def _knock(address: str) -> None:
    """Ask for an answer, as Ray ends the process where there is none.

    Raises:
        OSError: there is none.
        ValueError: the address is none.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if address not in ("auto", "local"):
        socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS).close()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
