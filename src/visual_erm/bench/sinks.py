"""Where a monitor's numbers go: a file, TensorBoard, Weights & Biases, trackio.

sink = make_sink("tensorboard:runs/1")
sink.log({"reward/mean": 0.6}, step=10)
sink.close()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from visual_erm.errors import UsageError, require
from visual_erm.jsonl import Records


class Sink(Protocol):
    """Takes numbers by name."""

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Write the values of one step."""
        ...

    def close(self) -> None:
        """Nothing follows."""
        ...


class JsonLines:
    """One line a step, behind what the file holds already."""

    def __init__(self, path: str) -> None:
        """Open the file.

        Raises:
            InputError: it cannot be written.
        """
        self._records = Records(path, key="step")

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Append a line."""
        self._records.append({"step": step, **values})

    def close(self) -> None:
        """Close the file."""
        self._records.close()


class TensorBoard:
    """Scalars in an event file; see them with `tensorboard --logdir FOLDER`."""

    def __init__(self, folder: str) -> None:
        """Open a writer.

        Raises:
            MissingPackage: tensorboardX is not installed.
        """
        board = require("tensorboardX", extra="tensorboard", feature="logging to TensorBoard")
        self._writer = board.SummaryWriter(folder)

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Add scalars."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def close(self) -> None:
        """Close the event file."""
        self._writer.close()


class Run:
    """A run of Weights & Biases, or of trackio, which has the same calls.

    A run that is open already (the trainer's own) is logged to, and left open.
    """

    def __init__(self, package: str, project: str) -> None:
        """Take the run that is open, or open one.

        Raises:
            MissingPackage: the package is not installed.
        """
        module = require(package, extra=package, feature=f"logging to {package}")
        running = _RUNNING[package](module)
        self._own = running is None
        self._run = module.init(project=project or "visual-erm") if self._own else running

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Log the values; in a trainer's run, at the step where that is."""
        own = {"step": step} if self._own else {}
        self._run.log(dict(values), **own)

    def close(self) -> None:
        """Finish the run, if it was opened here."""
        if self._own:
            self._run.finish()


_RUNNING: Mapping[str, Callable[[Any], Any]] = {
    "wandb": lambda module: module.run,
    "trackio": lambda module: module.context_vars.current_run.get(),
}
"""The run that a package has open, or None."""
SINKS: Mapping[str, Callable[[str], Any]] = {
    "jsonl": JsonLines,
    "tensorboard": TensorBoard,
    "wandb": lambda project: Run("wandb", project),
    "trackio": lambda project: Run("trackio", project),
}
"""By name; the rest of "NAME:REST" says where."""


def make_sink(sink: str | Sink) -> Sink:
    """A sink by name: "jsonl:FILE", "tensorboard:FOLDER", "wandb:PROJECT" or "trackio:PROJECT".

    Raises:
        UsageError: there is none of that name.
        MissingPackage: what it needs is not installed.
    """
    if not isinstance(sink, str):
        return sink
    name, _, rest = sink.partition(":")
    if name not in SINKS or (name in ("jsonl", "tensorboard") and not rest):
        known = "jsonl:FILE, tensorboard:FOLDER, wandb:PROJECT, trackio:PROJECT"
        raise UsageError(f'no sink "{sink}"; known: {known}')
    made: Sink = SINKS[name](rest)
    return made
