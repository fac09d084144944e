"""Exceptions of the package, and the one place where foreign ones are caught.

    VisualErmError
    ├── InputError                 the caller's data is unusable           exit code 1
    │   └── ImageError             a picture that cannot be read
    ├── UsageError                 an unknown task, judge, renderer, option exit code 2
    ├── BackendError               a backend is missing or down            exit code 3
    │   ├── MissingPackage         an optional package is not installed
    │   └── IsolationUnavailable   untrusted code would run unconfined
    ├── LeftError                  nobody waits for the result any more
    └── Fault                      one sample could not be scored; carries a `Failure`
        ├── PolicyFault            the policy is at fault: no code, does not render, blank
        ├── JudgeFault             the judge's reply is unreadable, truncated, refused
        └── InfrastructureFault    ours: a time-out, a dead worker, a server that is down

A `Fault` is data, not a crash: batch functions turn it into a row. Code that meets the outside
world runs inside `with boundary("render"):`, the only place in our own process that catches
everything; confined workers have theirs.
"""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from pydantic import ValidationError

from visual_erm.types import Failure


class VisualErmError(Exception):
    """Root of everything this package raises on purpose."""

    exit_code = 1


class InputError(VisualErmError):
    """The caller's data is unusable; the message says what was expected and what came."""


class ImageError(InputError):
    """A picture is missing, damaged, or outside the accepted sizes."""


class UsageError(VisualErmError):
    """An unknown name or an option that does not fit."""

    exit_code = 2


class BackendError(VisualErmError):
    """A renderer, judge or server is missing or down."""

    exit_code = 3


class LeftError(VisualErmError):
    """Nobody waits for the result any more; see `waiting`."""

    def __init__(self) -> None:
        super().__init__("nobody waits for this any more")


class MissingPackage(BackendError):
    """An optional package is not installed; the message is the command that installs it."""


class IsolationUnavailable(BackendError):
    """This machine cannot confine untrusted code, and the caller did not waive it."""


class Fault(VisualErmError):
    """One sample could not be scored. `failure` says whose fault it was, and why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure

    def __reduce__(self) -> tuple[type[Fault], tuple[Failure]]:
        return type(self), (self.failure,)


class PolicyFault(Fault):
    """The policy's own doing: no source, a program that fails, a blank picture."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.model_copy(update={"kind": "policy"}))


class JudgeFault(Fault):
    """The judge answered, but not with a verdict."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.model_copy(update={"kind": "judge"}))


class InfrastructureFault(Fault):
    """Our machinery failed; the sample says nothing about the policy."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.model_copy(update={"kind": "infrastructure"}))


def first_problem(error: ValidationError, whole: str = "") -> str:
    """Where and what is wrong first, as "place: message"; `whole` names a place that is none."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or whole}: {first['msg']}"


@contextmanager
def boundary(stage: str) -> Iterator[None]:
    """Turn whatever escapes into an `InfrastructureFault` of this stage.

    Our own exceptions pass through unchanged; `KeyboardInterrupt` and `SystemExit` do as well.
    """
    try:
        yield
    except VisualErmError:
        raise
    except Exception as error:
        raise InfrastructureFault(
            Failure(
                kind="infrastructure",
                stage=stage,
                code="internal",
                message=f"{stage} stopped with {type(error).__name__}: {error}",
                detail=traceback.format_exc(),
            )
        ) from error


def require(package: str, *, extra: str, feature: str) -> ModuleType:
    """Import an optional package, or say how to install it.

    Raises:
        MissingPackage: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name is not None and package.split(".", maxsplit=1)[0] != error.name.split(".")[0]:
            raise
        raise MissingPackage(
            f"{feature} needs {package}. Install it with: pip install 'visual-erm[{extra}]'"
        ) from error
