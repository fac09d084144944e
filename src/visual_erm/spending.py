"""What models cost, and a limit on it.

>>> budget = Budget(money=0.01, price_in=2.0, price_out=6.0)
>>> round(budget.add({"requests": 1, "prompt_tokens": 900, "completion_tokens": 100}), 6)
0.0024
>>> budget.check()
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from visual_erm.errors import BackendError


class BudgetUsedUp(BackendError):
    """Nothing more may be spent."""


@dataclass
class Budget:
    """Counts what one process spends. Thread-safe.

    Requests that are under way when a limit is reached still end, so it is passed by as many as
    are in flight.
    """

    money: float | None = None
    """Limit, in the currency of the prices; None for none."""
    tokens: float | None = None
    """Limit of tokens sent and received together."""
    requests: float | None = None
    """Limit of requests, those that failed included."""
    price_in: float = 0.0
    """Money for a million tokens that are sent."""
    price_out: float = 0.0
    """Money for a million tokens of replies."""
    spent: dict[str, float] = field(
        default_factory=lambda: {"money": 0.0, "tokens": 0.0, "requests": 0.0}
    )

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Let go of a lock that a fork may have copied while it was held."""
        self._lock = threading.Lock()

    def add(self, usage: Mapping[str, float]) -> float:
        """Count a reply or a failure; returns its money."""
        sent, got = usage.get("prompt_tokens", 0.0), usage.get("completion_tokens", 0.0)
        money = (sent * self.price_in + got * self.price_out) / 1e6
        with self._lock:
            self.spent["money"] += money
            self.spent["tokens"] += sent + got
            self.spent["requests"] += usage.get("requests", 0.0)
        return money

    def check(self) -> None:
        """Go on, if there is something left.

        Raises:
            BudgetUsedUp: a limit is reached.
        """
        with self._lock:
            for name, limit in self._limits().items():
                if limit is not None and self.spent[name] >= limit:
                    raise BudgetUsedUp(
                        f"the budget of {limit:g} {name} is used up ({self.spent[name]:.6g}); what "
                        "was finished is kept, run the command again with a larger one to go on"
                    )

    def _limits(self) -> dict[str, float | None]:
        return {"money": self.money, "tokens": self.tokens, "requests": self.requests}
