"""What differs from one run to the next, held fixed: same source, same pixels.

Seeded with 0 for each program: `random`, NumPy's legacy generator, and every generator that is made
without a seed (`default_rng()`, `RandomState()`, `SeedSequence()`); the second one that a program
makes differs from the first. A program that seeds for itself draws what it draws anywhere.

The clock (`time.time`, `datetime.now`, `date.today`, `pandas.Timestamp.now`, ...) starts at
`CLOCK` and goes on at its usual pace; `clock=None` leaves it alone. Not held:
`np.datetime64("now")`, `os.urandom`, `uuid4`, `random.Random()` without a seed.
"""

from __future__ import annotations

import copyreg
import datetime
import functools
import random
import sys
import time
from typing import Any

from visual_erm.renderers.chart_patches import Patches

CLOCK = 1_767_268_800.0
"""2026-01-01 12:00 UTC, in seconds since 1970."""
SEED = 0


def fix_randomness(patches: Patches) -> None:
    """Seed what has a global state, and whatever is made without a seed."""
    import numpy as np
    from numpy.random import bit_generator

    random.seed(SEED)
    np.random.seed(SEED)
    # NumPy takes the entropy of unseeded generators from this name, whichever way they are made
    patches.put(bit_generator, "randbits", random.Random(SEED).getrandbits)  # noqa: S311


def fix_clock(patches: Patches, start: float) -> None:
    """Let the clock run from `start`, seconds since 1970.

    pandas must have been imported before: its extension modules look into `datetime`.
    """
    begun = time.monotonic()
    localtime, gmtime, strftime = time.localtime, time.gmtime, time.strftime

    def now() -> float:
        return start + time.monotonic() - begun

    def local(seconds: float | None = None) -> time.struct_time:
        return localtime(now() if seconds is None else seconds)

    patches.put(time, "time", now)
    patches.put(time, "time_ns", lambda: int(now() * 1e9))
    patches.put(time, "localtime", local)
    patches.put(time, "gmtime", lambda secs=None: gmtime(now() if secs is None else secs))
    patches.put(time, "strftime", lambda layout, t=None: strftime(layout, t or local()))
    patches.put(time, "ctime", lambda seconds=None: time.asctime(local(seconds)))
    for name, fixed in (("datetime", _Datetime), ("date", _Date)):
        patches.put(datetime, name, fixed)
        # pickle looks classes up by name, and would find ours in place of the library's
        reduce = functools.partial(_reduce, fixed)
        patches.put_item(copyreg.dispatch_table, fixed.__mro__[1], reduce)
    if "pandas" in sys.modules:
        import pandas as pd

        def moment(tz: Any = None) -> Any:
            return pd.Timestamp(now(), unit="s", tz=tz or None).floor("us")

        patches.put(pd.Timestamp, "now", moment)
        patches.put(pd.Timestamp, "today", moment)


def _reduce(fixed: type, moment: Any) -> tuple[type, Any]:
    return fixed, moment.__reduce__()[1]


class _Alike(type):
    """Makes a class stand for its parent in `isinstance` and `issubclass`.

    The classes below only answer `now` and `today`; what they make are the library's own objects,
    which pandas and Matplotlib know.
    """

    def __instancecheck__(cls, thing: Any) -> bool:
        return isinstance(thing, cls.__mro__[1])

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, cls.__mro__[1])


class _Datetime(datetime.datetime, metaclass=_Alike):
    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        made = _Datetime.__mro__[1] if cls is _Datetime else cls
        return _Datetime.__mro__[1].__new__(made, *args, **kwargs)

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def today(cls) -> Any:
        return cls.fromtimestamp(time.time())

    @classmethod
    def utcnow(cls) -> Any:
        return cls.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)


class _Date(datetime.date, metaclass=_Alike):
    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        made = _Date.__mro__[1] if cls is _Date else cls
        return _Date.__mro__[1].__new__(made, *args, **kwargs)

    @classmethod
    def today(cls) -> Any:
        return cls.fromtimestamp(time.time())


for _fixed in (_Datetime, _Date):
    _fixed.__name__ = _fixed.__qualname__ = _fixed.__mro__[1].__name__
    _fixed.__module__ = "datetime"
