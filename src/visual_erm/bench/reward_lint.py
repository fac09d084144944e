"""Does a reward have the properties that training relies on? Tried on drawn examples, made small.

    findings = lint("my_module:reward")
    [(one.rule, one.example) for one in findings]

References are small charts, tables and drawings of some elements; attempts at them have some of
these wrong, so which of two is worse is known without any judge. Hypothesis draws them, with junk
that a policy may write, and looks for the smallest example that breaks a rule. What a shaping
promises for faults that are not the policy's is checked by `rewards.lint`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from visual_erm.bench.lint_examples import HONEST, Batch, batches, reference_of
from visual_erm.bench.rewards import Attempt, BenchReward, Ours, OwnReward, make_reward
from visual_erm.errors import Fault, InfrastructureFault, JudgeFault, boundary, require
from visual_erm.rewards.lint import lint_shaping
from visual_erm.rewards.visual import VisualReward
from visual_erm.types import TASKS, Failure, JudgeIdentity, Task, Verdict

if TYPE_CHECKING:
    from visual_erm.judges import Judge
    from visual_erm.types import Image

Rule = Literal[
    "crash", "number", "bounds", "perfect", "monotone", "order", "same", "batch", "unscored"
]
RULES: dict[Rule, str] = {
    "crash": "nothing that a policy writes makes it raise, and each completion gets one value",
    "number": "a value is a finite number, or None; never NaN",
    "bounds": "values lie within the range that the reward declares, and it is finite",
    "perfect": "the reference's own source is paid at least as much as any attempt",
    "monotone": "an attempt with the same errors and more is never paid more",
    "order": "what draws nothing is paid a number, and less than an attempt that is partly right",
    "same": "the same batch is paid the same again",
    "batch": "a value depends neither on the other samples nor on their order",
    "unscored": "faults that are not the policy's have no value",
}
"""In the order in which findings are reported."""
EXAMPLES = 15
"""Drawn for each task and rule."""
NEAR = 1e-9
"""Values closer than this are equal."""


@dataclass(frozen=True)
class Finding:
    """A rule that does not hold, with the smallest example that was found."""

    rule: Rule
    task: Task | None
    message: str
    """What was paid."""
    example: str
    """What for."""


class _BrokenError(AssertionError):
    """A rule does not hold for an example; hypothesis makes the example smaller."""


Values = list[Any]
"""As the reward gives them; a message where it raised."""


def lint(
    reward: str | BenchReward,
    *,
    task: Task | None = None,
    rules: Collection[Rule] = tuple(RULES),
    examples: int = EXAMPLES,
    seed: int = 0,
    judge: str = "embedded",
    progress: Callable[[int, int], None] | None = None,
) -> list[Finding]:
    """Every rule that a reward breaks; empty when it keeps them all.

    Args:
        reward: one, or a name as `make_reward` takes it; a "module:function" is called with TRL's
            columns, and may have attributes `low` and `high`.
        task: of this one only; all if None. A task whose references the reward has no value for
            is left out.
        rules: to try.
        examples: drawn for each task and rule.
        seed: of the examples.
        judge: asked by "visual".
        progress: told after each task and rule.

    Raises:
        MissingPackage: hypothesis is not installed.
        UsageError: no such reward.
        BackendError: a renderer or the judge is missing.
    """
    require("hypothesis", extra="bench", feature="verm bench lint-reward")
    reward = make_reward(reward) if isinstance(reward, str) else reward
    paid = _Paid(reward, judge)
    wanted = [one for one in ([task] if task else TASKS) if paid.applies(one)]
    found: dict[Rule, Finding] = {}
    drawn = [rule for rule in RULES if rule in rules and rule in _CHECKS]
    for done, (one, rule) in enumerate((t, r) for t in wanted for r in drawn):
        finding = _search(paid, one, rule, examples, seed)
        if finding is not None:
            found.setdefault(rule, finding)
        if progress:
            progress(done + 1, len(wanted) * len(drawn))
    for finding in _unscored(reward, wanted) if "unscored" in rules else ():
        found.setdefault("unscored", finding)
    return [found[rule] for rule in RULES if rule in found]


class _Paid:
    """A reward's values for batches, each paid once: a search must not depend on chance."""

    def __init__(self, reward: BenchReward, judge: str) -> None:
        self.low, self.high = reward.low, reward.high
        if isinstance(reward, OwnReward):
            self.low = getattr(reward.function, "low", self.low)
            self.high = getattr(reward.function, "high", self.high)
        self._reward = reward
        self._visual = VisualReward(judge, workers=1, keep_renderings=False)
        self._known: dict[tuple[Any, ...], Values | str] = {}

    def applies(self, task: Task) -> bool:
        """Whether it has a value for a reference itself."""
        if not self._reward.applies(task):
            return False
        values = self(reference_of(task).attempts)
        return isinstance(values, str) or values != [None]

    def __call__(self, attempts: Sequence[Attempt], *, again: int = 0) -> Values | str:
        """What is paid; a message if it raises.

        Args:
            attempts: of a batch.
            again: 0 for the first time; another number pays anew.
        """
        key = (again, *((a.task, a.reference_source, a.completion) for a in attempts))
        if key not in self._known:
            self._known[key] = self._pay(attempts)
        return self._known[key]

    def _pay(self, attempts: Sequence[Attempt]) -> Values | str:
        try:
            with boundary("reward"):
                values = list(self._raw(attempts))
        except Fault as fault:
            return str(fault)
        if len(values) != len(attempts):
            return f"{len(values)} values for {len(attempts)} completions"
        return values

    def _raw(self, attempts: Sequence[Attempt]) -> Sequence[Any]:
        if isinstance(self._reward, Ours):
            items = [
                {"task": a.task, "reference": a.reference, "completion": a.completion}
                for a in attempts
            ]
            return [reward.value for reward in self._visual.score_batch(items)]
        if isinstance(self._reward, OwnReward):
            given: list[Any] = []
            ask = self._reward.function

            def listen(completions: Sequence[Any], **columns: Any) -> list[None]:
                # NaN and infinity are what is looked for; `score` would make them presentable
                given.extend(ask(completions, **columns))
                return [None] * len(completions)

            replace(self._reward, function=listen).score(attempts)
            return given
        return self._reward.score(attempts)


def _search(paid: _Paid, task: Task, rule: Rule, examples: int, seed: int) -> Finding | None:
    """The smallest batch that breaks a rule, if one is found."""
    import hypothesis

    smallest: list[Batch] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(batches(task))
    def holds(batch: Batch) -> None:
        message = next(_CHECKS[rule](paid, batch), None)
        if message is not None:
            smallest[:] = [batch]
            raise _BrokenError(message)

    try:
        holds()
    except _BrokenError as broken:
        return Finding(rule, task, str(broken), smallest[0].words)
    return None


Check = Callable[[_Paid, Batch], Iterator[str]]


def _crash(paid: _Paid, batch: Batch) -> Iterator[str]:
    values = paid(batch.attempts)
    if isinstance(values, str):
        yield values


def _number(paid: _Paid, batch: Batch) -> Iterator[str]:
    for name, value in _named(paid, batch):
        if value is not None and not _is_number(value):
            yield f"{name} is paid {value!r}"


def _bounds(paid: _Paid, batch: Batch) -> Iterator[str]:
    if not (math.isfinite(paid.low) and math.isfinite(paid.high)):
        yield f"its range is [{paid.low:g}, {paid.high:g}]; a function has attributes low and high"
    for name, value in _named(paid, batch):
        if _is_number(value) and not paid.low <= value <= paid.high:
            yield f"{name} is paid {value:g}, outside [{paid.low:g}, {paid.high:g}]"


def _perfect(paid: _Paid, batch: Batch) -> Iterator[str]:
    best, *others = _named(paid, batch)
    for name, value in others:
        if _is_number(best[1]) and _is_number(value) and value > best[1] + NEAR:
            yield f"{name} is paid {value:g}, {best[0]} {best[1]:g}"


def _monotone(paid: _Paid, batch: Batch) -> Iterator[str]:
    _, (less, high), (more, low), *_ = _named(paid, batch)
    if _is_number(high) and _is_number(low) and low > high + NEAR:
        yield f"{more} is paid {low:g}, {less} only {high:g}"


def _order(paid: _Paid, batch: Batch) -> Iterator[str]:
    _, *honest = _named(paid, batch)[:HONEST]
    for name, value in _named(paid, batch)[HONEST:]:
        if value is None:
            yield f"{name} has no value: a policy is not paid less for it"
        for other, least in honest:
            if _is_number(value) and _is_number(least) and value >= least:
                yield f"{name} is paid {value:g}, {other} {least:g}"


def _same(paid: _Paid, batch: Batch) -> Iterator[str]:
    again = paid(batch.attempts, again=1)
    if not isinstance(again, str):
        for (name, value), other in zip(_named(paid, batch), again, strict=True):
            if not _equal(value, other):
                yield f"{name} is paid {value}, and then {other}"


def _batch(paid: _Paid, batch: Batch) -> Iterator[str]:
    turned = paid(batch.attempts[::-1])
    for at, (name, value) in enumerate(_named(paid, batch)):
        if not isinstance(turned, str) and not _equal(value, turned[-1 - at]):
            yield f"{name} is paid {value}, and {turned[-1 - at]} in a batch turned round"
        alone = paid(batch.attempts[at : at + 1])
        if not isinstance(alone, str) and not _equal(value, alone[0]):
            yield f"{name} is paid {value} in a batch, and {alone[0]} alone"


_CHECKS: dict[Rule, Check] = {
    "crash": _crash,
    "number": _number,
    "bounds": _bounds,
    "perfect": _perfect,
    "monotone": _monotone,
    "order": _order,
    "same": _same,
    "batch": _batch,
}


def _named(paid: _Paid, batch: Batch) -> list[tuple[str, Any]]:
    """Values with what they are paid for; None for all where the reward raises ("crash")."""
    values = paid(batch.attempts)
    if isinstance(values, str):
        values = [None] * len(batch.attempts)
    return list(zip(batch.names, values, strict=True))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _equal(one: Any, other: Any) -> bool:
    if _is_number(one) and _is_number(other):
        return bool(abs(one - other) <= NEAR * max(1.0, abs(one)))
    return repr(one) == repr(other)


class _Broken:
    """A judge that never gives a verdict."""

    def __init__(self, fault: type[Fault]) -> None:
        self.identity = JudgeIdentity(name="broken")
        self._fault = fault

    def compare(self, reference: Image, candidate: Image, task: Task) -> Verdict:
        """Raise."""
        failure = Failure(kind="judge", stage="judge", code="broken", message="no verdict")
        raise self._fault(failure)


def _unscored(reward: BenchReward, tasks: Sequence[Task]) -> Iterator[Finding]:
    """What happens when the judge, the renderer or a reference fails."""
    for task in tasks:
        (attempt,) = reference_of(task).attempts
        if isinstance(reward, OwnReward):
            lost: Any = None
            without = replace(attempt, reference=lost, reference_source="")
            values = _Paid(reward, "embedded")([without])
            if not isinstance(values, str) and values != [None]:
                message = f"an attempt is paid {values[0]!r}; expected None, or an exception"
                yield Finding("unscored", task, message, "the reference could not be loaded")
        elif isinstance(reward, Ours):
            item = {"task": task, "reference": attempt.reference, "source": attempt.source}
            cases: tuple[tuple[str, str | Judge, dict[str, Any]], ...] = (
                ("the judge cannot be asked", _Broken(InfrastructureFault), item),
                ("the judge's reply cannot be read", _Broken(JudgeFault), item),
                ("the reference cannot be read", "embedded", {**item, "reference": b"no picture"}),
            )
            for what, judge, given in cases:
                value = VisualReward(judge, workers=1).score(given).value
                if value is not None:
                    yield Finding("unscored", task, f"an attempt is paid {value}", what)
    if isinstance(reward, Ours):
        for one in lint_shaping(VisualReward().shaping):
            yield Finding("unscored", None, one.message, f'the shaping breaks "{one.rule}"')
