"""What a batch of rewards says about the run: faults, groups that teach nothing, saturation.

Every share states what it is a share of, and unscored samples are counted, not dropped.

    >>> from visual_erm.types import Reward
    >>> batch = [Reward(0.5, "scored"), Reward(0.7, "scored"), Reward(None, "judge_fault")]
    >>> statistics = summarise(batch, low=0, high=1)
    >>> statistics.scored, statistics.mean, round(statistics.fault_rate, 3)
    (2, 0.6, 0.333)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations

from visual_erm.errors import UsageError, VisualErmError
from visual_erm.renderers import check_deadline
from visual_erm.types import Reward


class FaultRateExceeded(VisualErmError):
    """More of a batch could not be scored than the run allows; exit code 1, a gate that failed."""


@dataclass(frozen=True)
class Statistics:
    """One batch."""

    samples: int
    scored: int
    """Samples with a value: judged ones, and those where the policy is at fault."""
    mean: float | None
    """Over the `scored` samples; None when there are none."""
    deviation: float | None
    """Population standard deviation over the `scored` samples."""
    statuses: dict[str, int]
    """Samples by status."""
    codes: dict[str, int]
    """Failures by "stage:code"."""
    fault_rate: float
    """Share of all samples that the judge or the machinery failed to score."""
    policy_fault_rate: float
    """Share of all samples in which the policy is at fault."""
    groups: int
    """Groups with at least two values."""
    flat_groups: float
    """Share of `groups` whose values are all equal: no advantage, nothing to learn."""
    ties: float
    """Share of equal values among the pairs inside `groups`."""
    at_low: float
    """Share of `scored` samples at the shaping's low end."""
    at_high: float
    """Share of `scored` samples at the shaping's high end."""

    def row(self) -> dict[str, float | int | None]:
        """Flat numbers for a logger; counts by status and code as "status/..." and "code/..."."""
        flat = asdict(self)
        statuses, codes = flat.pop("statuses"), flat.pop("codes")
        flat |= {f"status/{name}": n for name, n in statuses.items()}
        flat |= {f"code/{name}": n for name, n in codes.items()}
        return flat


def summarise(
    rewards: Sequence[Reward],
    *,
    groups: Sequence[Hashable] | None = None,
    low: float,
    high: float,
    tolerance: float = 1e-9,
) -> Statistics:
    """Count one batch.

    Args:
        rewards: of one batch.
        groups: the prompt that each reward belongs to; None if there are no groups.
        low: of the shaping.
        high: of the shaping.
        tolerance: values closer than this are equal.

    Raises:
        UsageError: not one group for each reward.
    """
    if groups is not None and len(groups) != len(rewards):
        raise UsageError(f"{len(groups)} groups for {len(rewards)} rewards")
    values = [reward.value for reward in rewards if reward.value is not None]
    statuses: Counter[str] = Counter(reward.status for reward in rewards)
    failures = [reward.failure for reward in rewards if reward.failure is not None]
    mean = sum(values) / len(values) if values else None
    grouped = _grouped(rewards, groups)
    pairs = [pair for group in grouped for pair in combinations(group, 2)]
    return Statistics(
        samples=len(rewards),
        scored=len(values),
        mean=mean,
        deviation=_deviation(values, mean),
        statuses=dict(statuses),
        codes=dict(Counter(f"{failure.stage}:{failure.code}" for failure in failures)),
        fault_rate=_share(statuses["judge_fault"] + statuses["infra_fault"], len(rewards)),
        policy_fault_rate=_share(statuses["policy_fault"], len(rewards)),
        groups=len(grouped),
        flat_groups=_share(sum(max(g) - min(g) <= tolerance for g in grouped), len(grouped)),
        ties=_share(sum(abs(a - b) <= tolerance for a, b in pairs), len(pairs)),
        at_low=_share(sum(value <= low + tolerance for value in values), len(values)),
        at_high=_share(sum(value >= high - tolerance for value in values), len(values)),
    )


def check_limits(
    max_fault_rate: float | None, deadline: float | None, item_deadline: float | None
) -> None:
    """Refuse limits of a reward that nothing could keep.

    Raises:
        UsageError: the share lies outside [0, 1], or a time is none that can be kept.
    """
    if max_fault_rate is not None and not 0 <= max_fault_rate <= 1:
        raise UsageError(f"max_fault_rate must be in [0, 1]; got {max_fault_rate}")
    check_deadline(deadline)
    check_deadline(item_deadline, "item_deadline")


def check_faults(rewards: Sequence[Reward], max_fault_rate: float) -> None:
    """Stop a run whose judge or machinery fails too often.

    Raises:
        FaultRateExceeded: the share of judge and infrastructure faults is above the limit.
    """
    faults = Counter(
        f"{reward.failure.stage}:{reward.failure.code}" if reward.failure else reward.status
        for reward in rewards
        if reward.status in ("judge_fault", "infra_fault")
    )
    rate = _share(faults.total(), len(rewards))
    if rate > max_fault_rate:
        shown = ", ".join(f"{code} {n}" for code, n in faults.most_common(4))
        raise FaultRateExceeded(
            f"{faults.total()} of {len(rewards)} samples could not be scored ({shown}); "
            f"at most {max_fault_rate:.0%} are allowed"
        )


def _grouped(rewards: Sequence[Reward], groups: Sequence[Hashable] | None) -> list[list[float]]:
    members: dict[Hashable, list[float]] = defaultdict(list)
    for group, reward in zip(groups or (), rewards, strict=False):
        if reward.value is not None:
            members[group].append(reward.value)
    return [values for values in members.values() if len(values) > 1]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _deviation(values: Sequence[float], mean: float | None) -> float | None:
    if mean is None:
        return None
    return float((sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5)
