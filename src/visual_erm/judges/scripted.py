"""A judge that replays verdicts: for tests, examples and dry runs, without any model.

>>> import numpy as np
>>> white = np.full((9, 9, 3), 255, np.uint8)
>>> judge = ScriptedJudge([{"errors": [{"category": "text_error", "severity": 2}]}])
>>> judge.compare(white, white, "chart").severity
2
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visual_erm import images, jsonl
from visual_erm.errors import InfrastructureFault, InputError, JudgeFault
from visual_erm.judges.parse import read_record
from visual_erm.types import Failure, JudgeIdentity, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image

Line = Verdict | Failure | Mapping[str, Any]


class ScriptedJudge:
    """Replays a script, line by line.

    A line is a verdict, a failure, or a mapping: `{"errors": [...]}` as `verm judge --out` writes
    it, `{"failure": {...}}`, or a judge's wire format; with "distance" if there is one. A line
    with "reference" and "candidate" (the `images.digest` of both) answers that pair, as often as
    it is asked; the others answer in order, each once.
    """

    def __init__(self, script: str | Path | Iterable[Line]) -> None:
        """Read the script.

        Args:
            script: a JSONL file, or the lines themselves.

        Raises:
            InputError: the file is missing, or a line is neither verdict nor failure.
        """
        name = str(script) if isinstance(script, str | Path) else "script"
        self.identity = JudgeIdentity(name="scripted", details={"script": Path(name).name})
        if isinstance(script, str | Path):
            lines: list[Line] = [row for _, row in jsonl.read(script)]
        else:
            lines = list(script)
        self._by_pair: dict[tuple[str, str], Line] = {}
        self._in_order: list[Line] = []
        for number, line in enumerate(lines, 1):
            _check(line, f"{name}:{number}")
            if isinstance(line, Mapping) and "candidate" in line and "reference" in line:
                self._by_pair[line["reference"], line["candidate"]] = line
            else:
                self._in_order.append(line)
        self._next = 0
        self._lock = threading.Lock()

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        """The next verdict of the script.

        Raises:
            JudgeFault: the script says so, or its line cannot be read.
            InfrastructureFault: the script says so, or it has ended.
        """
        line = self._line(reference, candidate)
        if isinstance(line, Verdict):
            return line.model_copy(update={"task": task})
        failure = _failure(line)
        if failure is not None:
            fault = JudgeFault if failure.kind == "judge" else InfrastructureFault
            raise fault(failure)
        assert isinstance(line, Mapping)
        verdict = read_record(line, task, self.identity)
        return verdict.model_copy(update={"distance": line.get("distance")})

    def _line(self, reference: Image, candidate: Image) -> Line:
        if self._by_pair:
            pair = (images.digest(reference), images.digest(candidate))
            if pair in self._by_pair:
                return self._by_pair[pair]
        with self._lock:
            if self._next < len(self._in_order):
                self._next += 1
                return self._in_order[self._next - 1]
        raise InfrastructureFault(
            Failure(
                kind="infrastructure",
                stage="judge",
                code="script_ended",
                message=f"the script has no line left; it had {len(self._in_order)} in order",
            )
        )

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())


def _check(line: Line, where: str) -> None:
    if isinstance(line, Verdict | Failure):
        return
    if "errors" not in line and "failure" not in line:
        raise InputError(f'{where}: expected "errors" or "failure", got {sorted(line)[:5]}')


def _failure(line: Verdict | Failure | Mapping[str, Any]) -> Failure | None:
    if isinstance(line, Failure):
        return line
    if isinstance(line, Mapping) and line.get("failure") is not None:
        return Failure.model_validate(line["failure"])
    return None
