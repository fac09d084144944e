"""What several threads ask at once, answered together by one thread.

>>> doubled = Together(lambda asked: [2 * number for number in asked], most=4)
>>> doubled.ask(21, time.monotonic() + 10)
42
>>> doubled.close()
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from visual_erm import waiting
from visual_erm.errors import BackendError, LeftError, VisualErmError, boundary

GATHERING = 0.02
"""Seconds for which a question waits for others to be answered with."""

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Together(Generic[Question, Answer]):
    """Gathers questions and has them answered. Thread-safe."""

    def __init__(
        self,
        answer: Callable[[Sequence[Question]], Sequence[Answer | VisualErmError]],
        *,
        most: int,
        kind: Callable[[Question], Hashable] = lambda question: None,
    ) -> None:
        """Nothing runs before the first question.

        Args:
            answer: gives an answer to each of some questions of one kind, in order, or what is to
                be raised for it; what it raises itself is raised for all of them. Called by one
                thread.
            most: questions that are answered together.
            kind: questions of which it says the same can be answered together.
        """
        self._answer, self._kind = answer, kind
        self._most = most
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._asked: queue.SimpleQueue[_Asked[Question, Answer] | None] = queue.SimpleQueue()
        self._left: deque[_Asked[Question, Answer]] = deque()
        """Taken from the queue, but of another kind than what was answered then."""

    def ask(self, question: Question, until: float) -> Answer:
        """The answer to a question.

        Args:
            question: whatever the others are.
            until: time of `time.monotonic` after which nobody waits for it.

        Raises:
            TimeoutError: it was not answered by then.
            BackendError: this is closed.
            LeftError: whoever waits has left (`waiting`) before it was begun.
            VisualErmError: what was found wrong with it; an InfrastructureFault of code
                internal for any other exception.
        """
        asked: _Asked[Question, Answer] = _Asked(question, self._kind(question))
        with self._lock:
            if self._closed:
                raise BackendError("the judge is closed and can be asked no more")
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="judge", daemon=True)
                self._thread.start()
            self._asked.put(asked)
        waiter = waiting.current() or waiting.Waiter()
        try:
            with waiter.told(asked.answer.cancel):
                return asked.answer.result(max(0.0, until - time.monotonic()))
        except CancelledError:
            raise LeftError from None
        except LateError:
            asked.answer.cancel()
            raise TimeoutError from None

    def close(self) -> None:
        """Answer what is asked already, then end."""
        with self._lock:
            self._closed = True
            self._asked.put(None)
        if self._thread is not None:
            self._thread.join()

    def _serve(self) -> None:
        while batch := self._gathered():
            waited_for = [one for one in batch if one.answer.set_running_or_notify_cancel()]
            if not waited_for:
                continue
            try:
                with boundary("judge"):
                    answers = self._answer([one.question for one in waited_for])
                    pairs = list(zip(waited_for, answers, strict=True))
            except VisualErmError as error:
                pairs = [(one, error) for one in waited_for]
            for one, answer in pairs:
                if isinstance(answer, VisualErmError):
                    one.answer.set_exception(answer)
                else:
                    one.answer.set_result(answer)

    def _gathered(self) -> list[_Asked[Question, Answer]]:
        """Questions of one kind, at least one; none when this is closed and all are answered."""
        if not self._left:
            first = self._asked.get()
            if first is None:
                return []
            self._left.append(first)
        # the oldest question is always in the batch, so that no kind waits for ever
        until = time.monotonic() + GATHERING
        kind = self._left[0].kind
        while sum(one.kind == kind for one in self._left) < self._most:
            try:
                one = self._asked.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if one is None:
                self._asked.put(None)
                break
            self._left.append(one)
        batch = [one for one in self._left if one.kind == kind][: self._most]
        self._left = deque(one for one in self._left if one not in batch)
        return batch


@dataclass(eq=False)
class _Asked(Generic[Question, Answer]):
    """A question, and the answer that somebody waits for."""

    question: Question
    kind: Hashable
    answer: Future[Answer] = field(default_factory=Future)
