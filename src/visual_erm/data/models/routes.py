"""From a seed to its pairs by models, along two routes.

`edit`: a model rewrites the source with mistakes that are drawn by lot from the taxonomy, and says
what it did. `infer`: a model copies the picture, and its natural errors are kept. Then both sources
are drawn, and what differs is said by the annotator, whose proposals pass the filters of `labels`;
without one by the oracle, which compares the sources; without either by the editor itself. A pair
whose labels and pictures do not go together is dropped and counted, like a reply that is none.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections import Counter, deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from visual_erm import images
from visual_erm.data import gate, oracle
from visual_erm.data.make import Made, Unit
from visual_erm.data.models import prompts
from visual_erm.data.models.asking import Answer, Models, Role
from visual_erm.data.models.labels import believed, in_pixels
from visual_erm.data.pool import Engine, Work, work
from visual_erm.data.records import Dropped, Kind, Pair, Reason, Seed
from visual_erm.data.tables import pairs as table_pairs
from visual_erm.errors import InfrastructureFault, InputError, JudgeFault, PolicyFault
from visual_erm.extraction import extract
from visual_erm.judges.parse import read_reply
from visual_erm.renderers import renderer
from visual_erm.types import CATEGORIES, Discrepancy, JudgeIdentity, Severity, Task

if TYPE_CHECKING:
    from visual_erm.types import Image

WORKERS = 32
"""Seeds in work at once: mostly they wait for a server."""
_AHEAD = 2
"""Seeds taken in advance for each worker."""
MOST_ERRORS = 3
"""Mistakes that an editor is asked for at once."""
UNEXPLAINED = 0.2
"""Share of what differs visibly that no label of an oracle need hold."""
Way = Literal["edit", "infer"]
_ROLES: dict[Way, Role] = {"edit": "editor", "infer": "inferrer"}
_KINDS: dict[Way, Kind] = {"edit": "model_edit", "infer": "natural"}
_NOBODY = JudgeIdentity(name="model")


@dataclass(frozen=True)
class _Written:
    """What a model made of a source or a picture."""

    source: str
    claims: tuple[Discrepancy, ...] | None = None
    """What it says that it changed; None where it was not asked."""


@dataclass(frozen=True)
class _Drawn:
    """Both pictures, and what differs between the sources."""

    reference: Image
    prediction: Image
    truth: tuple[Discrepancy, ...] | None
    """None where no oracle can compare them."""
    unexplained: float = 0.0


def engine(models: Models) -> Engine:
    """An engine that makes pairs by these models, many seeds at once in threads.

    What is in work when a build is stopped is waited for: its replies are paid for and kept.
    """

    def threads(units: Sequence[Unit], workers: int | None) -> Generator[Work, None, None]:
        making = functools.partial(make, models=models)
        coming = iter(units)
        pending: deque[Future[Work]] = deque()
        workers = workers or WORKERS
        with ThreadPoolExecutor(workers, thread_name_prefix="models") as pool:
            try:
                while True:
                    room = _AHEAD * workers - len(pending)
                    for unit in itertools.islice(coming, room):
                        pending.append(pool.submit(work, unit, making))
                    if not pending:
                        return
                    yield pending.popleft().result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    return threads


def make(unit: Unit, models: Models) -> Made:
    """The pairs of one seed.

    Raises:
        BackendError: no model answers at all, or the budget is used up.
        InfrastructureFault: drawing failed through no fault of a source.
    """
    try:
        reference = _draw(unit.seed.task, unit.seed.source)
    except PolicyFault as fault:
        return Made((), unusable=str(fault)[:300])
    if images.is_blank(reference):
        return Made((), unusable="the picture is blank")
    ways: list[Way] = [way for way, role in _ROLES.items() if role in models.pools]
    pairs: list[Pair] = []
    dropped: Counter[tuple[str, str]] = Counter()
    for number in range(unit.pairs):
        attempt = _Attempt(unit, ways[number % len(ways)], number, models, dropped)
        made = attempt.pair(reference)
        if isinstance(made, Dropped):
            dropped[made.operators[0], made.reason] += 1
        else:
            pairs.append(made)
    return Made(tuple(pairs), dropped)


class _Attempt:
    """One pair of a seed, from the first question to the labels."""

    def __init__(
        self,
        unit: Unit,
        way: Way,
        number: int,
        models: Models,
        counts: Counter[tuple[str, str]],
    ) -> None:
        self._seed, self._way, self._number = unit.seed, way, number
        self._models, self._counts = models, counts
        self._mark = f"{unit.salt} {unit.seed.id} {number}"
        self._name = _name(way, models.first(_ROLES[way], self._mark))

    def pair(self, reference: Image) -> Pair | Dropped:
        """The pair, or why there is none."""
        written = self._written(reference)
        if isinstance(written, str):
            return self._dropped(written)
        try:
            drawn = _compare(self._seed, written.source, reference)
        except PolicyFault:
            return self._dropped("not_drawn")
        if images.is_blank(drawn.prediction):
            return self._dropped("blank")
        same = gate.unchanged(drawn.reference, drawn.prediction) is None
        if same and self._way == "edit":
            return self._dropped("invisible")
        errors = () if same else self._labels(drawn, written.claims)
        if isinstance(errors, str):
            return self._dropped(errors)
        if not errors and not same:
            return self._dropped("disagrees")
        kind = _KINDS[self._way]
        return Pair(
            id=f"{self._seed.id}#{kind}-{self._number}",
            seed=self._seed,
            kind=kind,
            operators=(self._name,),
            reference=drawn.reference,
            prediction=drawn.prediction,
            prediction_source=written.source,
            errors=errors,
        )

    def _written(self, reference: Image) -> _Written | Reason:
        """What the editor or the inferrer writes."""
        task, source = self._seed.task, self._seed.source
        if self._way == "edit":
            messages = prompts.edit(task, source, _wanted(task, random.Random(self._mark)))
        else:
            messages = prompts.infer(task, reference)
        try:
            answer = self._models.ask(_ROLES[self._way], messages, self._mark)
        except InfrastructureFault:
            return "no_reply"
        self._name = _name(self._way, answer.model)
        if _broken(answer):
            return "unreadable"
        text = answer.reply.text
        try:
            written = extract(text, task).source
            if self._way == "infer":
                return _Written(written)
            return _Written(written, _listed(text.rpartition(written.strip())[2], task))
        except (PolicyFault, JudgeFault):
            return "unreadable"

    def _labels(
        self, drawn: _Drawn, claims: tuple[Discrepancy, ...] | None
    ) -> tuple[Discrepancy, ...] | Reason:
        """What is believed to differ."""
        if "annotator" in self._models.pools:
            return self._annotated(drawn, claims)
        if drawn.truth is not None:
            return drawn.truth if drawn.unexplained <= UNEXPLAINED else "disagrees"
        return claims or "disagrees"

    def _annotated(
        self, drawn: _Drawn, claims: tuple[Discrepancy, ...] | None
    ) -> tuple[Discrepancy, ...] | Reason:
        task = self._seed.task
        messages = prompts.annotate(task, drawn.reference, drawn.prediction)
        try:
            answer = self._models.ask("annotator", messages, self._mark)
        except InfrastructureFault:
            return "no_reply"
        if _broken(answer):
            return "unreadable"
        try:
            proposals = _listed(answer.reply.text, task)
        except JudgeFault:
            return "unreadable"
        proposals = tuple(in_pixels(p, drawn.reference, drawn.prediction) for p in proposals)
        truth = claims if drawn.truth is None else drawn.truth
        errors, counts = believed(proposals, truth, drawn.reference, drawn.prediction)
        for what, number in counts.items():
            self._counts[_name("claims of", answer.model), what] += number
        return errors

    def _dropped(self, reason: Reason) -> Dropped:
        return Dropped((self._name,), reason)


def _name(what: str, model: str) -> str:
    """What a model did, as an operator; pluses would read as several of them."""
    return f"{what} {model.replace('+', '-')}"


def _wanted(task: Task, rng: random.Random) -> list[tuple[str, Severity]]:
    """Mistakes to ask for."""
    levels: tuple[Severity, ...] = (1, 2, 3)
    count = rng.randint(1, MOST_ERRORS)
    return [(rng.choice(CATEGORIES[task]), rng.choice(levels)) for _ in range(count)]


def _broken(answer: Answer) -> bool:
    """Whether a reply was refused, or cut before its end."""
    reply = answer.reply
    return bool(reply.refusal) or reply.finish in ("length", "content_filter")


def _listed(text: str, task: Task) -> tuple[Discrepancy, ...]:
    """The errors in a reply.

    Raises:
        JudgeFault: there is no list of them.
    """
    return read_reply(text, task, _NOBODY).errors


def _compare(seed: Seed, source: str, reference: Image) -> _Drawn:
    """Draw what was written and, where the task has an oracle, compare it with the seed.

    Raises:
        PolicyFault: what was written does not draw.
        InfrastructureFault: drawing failed through no fault of it.
    """
    if seed.task in oracle.READERS:
        try:
            found = oracle.annotate(seed.source, source, seed.task)
            return _Drawn(found.reference, found.prediction, found.errors, found.unexplained)
        except (InputError, InfrastructureFault):
            pass  # one of the two is nothing that the oracle reads; it may draw all the same
    return _Drawn(reference, _draw(seed.task, source), None)


def _draw(task: Task, source: str) -> Image:
    if task == "table":
        return table_pairs.drawer()(source)
    return renderer(task).render(source).image
