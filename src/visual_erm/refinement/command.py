"""A policy that is any program: a turn as JSON on its stdin, the completion on its stdout.

    command:python my_policy.py --beams 4

The program gets {"turn", "task", "round", "sample", "reference", "candidate", "source", "feedback",
"prompt", "errors"}; pictures are paths of PNG files that last as long as the call, `prompt` is what
a model would be asked. It and all that it starts are killed at the deadline. It is the user's own
and runs unconfined.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from visual_erm import images
from visual_erm.errors import UsageError
from visual_erm.refinement import prompts
from visual_erm.refinement.policies import Draft, Turn, down

DEADLINE = 120.0
"""Seconds of wall time for one completion."""


class CommandPolicy:
    """Starts the program once for each turn."""

    def __init__(self, command: str = "", *, deadline: float = DEADLINE) -> None:
        """Find the program.

        Args:
            command: program and arguments, as a shell reads them; no shell runs.
            deadline: seconds of wall time for one turn.

        Raises:
            UsageError: there is no command, or no such program.
        """
        try:
            self._command = shlex.split(command)
        except ValueError as error:
            raise UsageError(f'policy "command" cannot be read: {error}') from None
        if not self._command:
            raise UsageError('policy "command" needs a program: command:PROGRAM ARGUMENTS')
        if shutil.which(self._command[0]) is None:
            raise UsageError(f'policy "command": there is no program "{self._command[0]}"')
        self._deadline = deadline
        self.name = f"command {command}"

    def write(self, turn: Turn) -> Draft:
        """Run it.

        Raises:
            InfrastructureFault: codes timeout, and exit for an exit code other than 0.
        """
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="verm-policy-") as folder:
            text = self._run(json.dumps(_request(turn, Path(folder))))
        return Draft(text, usage={"requests": 1.0, "seconds": time.monotonic() - started})

    def _run(self, request: str) -> str:
        process = subprocess.Popen(  # noqa: S603 - the user's own command
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, errors = process.communicate(request.encode(), timeout=self._deadline)
        except subprocess.TimeoutExpired:
            message = f"{self.name} was not done after {self._deadline:g} s"
            raise down("timeout", message) from None
        finally:
            # its children too, also where it ended and left some behind
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            with process:
                pass
        if process.returncode:
            message = f"{self.name} ended with exit code {process.returncode}"
            raise down("exit", message, errors.decode(errors="replace"))
        return out.decode(errors="replace")


def _request(turn: Turn, folder: Path) -> dict[str, Any]:
    previous = turn.previous
    verdict = previous.reward.verdict if previous else None
    drawn = previous.reward.rendering if previous else None
    return {
        "turn": turn.kind,
        "task": turn.task,
        "round": turn.round,
        "sample": turn.sample,
        "reference": _file(folder / "reference.png", turn.reference),
        "candidate": _file(folder / "candidate.png", drawn.image) if drawn else None,
        "source": previous.source if previous else None,
        "feedback": turn.feedback,
        "prompt": prompts.text(turn),
        "errors": [
            error.model_dump(mode="json", exclude_none=True)
            for error in (verdict.errors if verdict else ())
        ],
    }


def _file(path: Path, picture: Any) -> str:
    path.write_bytes(images.encode_png(picture))
    return str(path)
