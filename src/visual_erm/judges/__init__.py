"""From two pictures to a verdict. A judge knows no renderer.

verdict = visual_erm.judge("reference.png", "candidate.png", task="chart")
"""

from __future__ import annotations

import inspect
import math
import threading
from typing import TYPE_CHECKING, Any, Literal, Protocol

from visual_erm import images, plugins
from visual_erm.errors import JudgeFault, UsageError
from visual_erm.types import TASKS, Failure, JudgeIdentity, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.types import Image

Uses = Literal["processor", "server"]
_NEEDS = {
    "cascade": "its judges: cascade:embedded>endpoint:URL[,URL...]#MODEL",
    "endpoint": "an address and a model: endpoint:URL[,URL...]#MODEL",
    "local": "a folder or an id of the hub: local:FOLDER_OR_ID",
    "scripted": "a file: scripted:FILE",
    "vllm": "a folder or an id of the hub: vllm:FOLDER_OR_ID",
}
_USES: dict[str, Uses] = {
    "cascade": "server",
    "embedded": "processor",
    "endpoint": "server",
    "local": "server",
    "vllm": "server",
}
_shared: dict[str, Judge] = {}
_shared_lock = threading.RLock()  # a cascade opens its judges while it is opened


class Judge(Protocol):
    """One way to compare two pictures. Thread-safe."""

    identity: JudgeIdentity

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        """What differs in the candidate.

        Args:
            reference: `(H, W, 3)` uint8 RGB, what should have been drawn.
            candidate: `(H, W, 3)` uint8 RGB, what was drawn; any size.
            task: which categories apply.

        Raises:
            JudgeFault: a reply that holds no verdict.
            InfrastructureFault: the judge could not be asked.
        """
        ...


def judge(
    reference: Any, candidate: Any, *, task: Task, judge: str | Judge = "embedded"
) -> Verdict:
    """What differs between two pictures, reference first.

    Args:
        reference: what should have been drawn, in any form that `images.load` reads.
        candidate: what was drawn; a `Rendering.image` is one.
        task: which categories apply.
        judge: a judge, or a name as `make_judge` reads it.

    Raises:
        ImageError: a picture cannot be read.
        UsageError: unknown task or judge.
        JudgeFault: the judge's reply holds no verdict.
        InfrastructureFault: the judge could not be asked.
    """
    check_task(task)
    left = images.load(reference, name="reference")
    right = images.load(candidate, name="candidate")
    return make_judge(judge).compare(left, right, task)


def make_judge(spec: str | Judge) -> Judge:
    """The judge that a name stands for; one name is opened once in a process.

    Args:
        spec: "embedded"; "endpoint:URL[,URL...]#MODEL"; "local:FOLDER_OR_ID"; "vllm:FOLDER_OR_ID";
            "cascade:embedded>JUDGE"; "scripted:FILE"; the name of a plug-in, with what
            follows the first colon as its only argument; or a judge, which is returned as it is.

    Raises:
        UsageError: nobody registered that name, or the argument is missing.
        BackendError: the judge is not installed or not reachable.
    """
    if not isinstance(spec, str):
        return spec
    if spec.startswith("scripted:"):
        # a script has a position; two users of one script must not share it
        return _open(spec)
    with _shared_lock:
        if spec not in _shared:
            _shared[spec] = _open(spec)
        return _shared[spec]


def uses(spec: str | Judge) -> Uses | None:
    """What a judge that goes by name keeps busy, which says how many samples it takes at once.

    A "processor" of this machine, one for each sample; or a "server" (or a model in this process)
    that answers many questions together. None: nobody said.
    """
    return _USES.get(spec.partition(":")[0]) if isinstance(spec, str) else None


def check_task(task: str) -> Task:
    """The task, when it is one.

    Raises:
        UsageError: it is none of `TASKS`.
    """
    if task not in TASKS:
        raise UsageError(f'no task "{task}"; known: {", ".join(TASKS)}')
    return task


def checked(verdict: Any) -> Verdict:
    """The verdict, when it is one: a judge of somebody else's may answer anything.

    Raises:
        JudgeFault: it is none (`no_verdict`), or its distance is no number (`not_finite`).
    """
    if not isinstance(verdict, Verdict):
        raise _no_verdict("no_verdict", f"the judge answered with {type(verdict).__name__}")
    if verdict.distance is not None and not math.isfinite(verdict.distance):
        raise _no_verdict("not_finite", f"the judge's distance is {verdict.distance}")
    return verdict


def _no_verdict(code: str, message: str) -> JudgeFault:
    return JudgeFault(Failure(kind="judge", stage="judge", code=code, message=message))


def _open(spec: str) -> Judge:
    name, colon, argument = spec.partition(":")
    factory = plugins.find("judges", name)
    if name in _NEEDS and not argument:
        raise UsageError(f'judge "{name}" needs {_NEEDS[name]}')
    given = [argument] if colon else []
    try:
        inspect.signature(factory).bind(*given)
    except TypeError:
        needs = f'takes no argument; got "{argument}"' if colon else "needs an argument"
        raise UsageError(f'judge "{name}" {needs}') from None
    made: Judge = factory(*given)
    return made
