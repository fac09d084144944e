"""Counts of one server, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from visual_erm.types import Reward, Task

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
CODES = 64
"""Codes of faults that get a count of their own; a program that is drawn may invent more."""


class Metrics:
    """What happened since the server started. Each server has a registry of its own."""

    def __init__(
        self, waiting: Callable[[], int], working: Callable[[], int], held: Callable[[], int]
    ) -> None:
        """Begin at zero.

        Args:
            waiting: samples in the queue.
            working: samples that are drawn or judged.
            held: bytes of requests in memory.
        """
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._requests = Counter(
            "verm_requests",
            "Requests by route and HTTP status.",
            ("route", "status"),
            registry=registry,
        )
        self._samples = Counter(
            "verm_samples", "Samples by task and outcome.", ("task", "outcome"), registry=registry
        )
        self._left = Counter(
            "verm_left",
            "Samples whose client left before the result, by where they were: queue or work.",
            ("where",),
            registry=registry,
        )
        self._faults = Counter(
            "verm_faults",
            "Faults and refusals by kind, stage and code.",
            ("kind", "stage", "code"),
            registry=registry,
        )
        self._seconds = Histogram(
            "verm_request_seconds",
            "Wall time from the first byte of a request to its answer.",
            ("route",),
            buckets=SECONDS,
            registry=registry,
        )
        self._render = Histogram(
            "verm_render_seconds",
            "Wall time of drawing.",
            ("task",),
            buckets=SECONDS,
            registry=registry,
        )
        self._judge = Histogram(
            "verm_judge_seconds", "Time of judging.", ("task",), buckets=SECONDS, registry=registry
        )
        gauges = (
            ("verm_queue_depth", "Samples that wait for a worker.", waiting),
            ("verm_in_work", "Samples that are drawn or judged.", working),
            ("verm_held_bytes", "Bytes of requests in memory.", held),
        )
        for name, words, value in gauges:
            Gauge(name, words, registry=registry).set_function(value)
        self._codes: set[str] = set()

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def left(self, where: str) -> None:
        """Count a sample whose client left."""
        self._left.labels(where).inc()

    def fault(self, kind: str, stage: str, code: str) -> None:
        """Count a fault, or the refusal of a request."""
        if code not in self._codes and len(self._codes) >= CODES:
            code = "other"
        self._codes.add(code)
        self._faults.labels(kind, stage, code).inc()

    def sample(self, task: Task, reward: Reward) -> None:
        """Count what came of one sample."""
        self._samples.labels(task, reward.status).inc()
        if reward.failure is not None:
            failure = reward.failure
            self.fault(failure.kind, failure.stage, failure.code)
        for name, histogram in (("seconds_render", self._render), ("seconds_judge", self._judge)):
            if reward.parts.get(name, -1.0) >= 0:
                histogram.labels(task).observe(reward.parts[name])

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self._registry)
