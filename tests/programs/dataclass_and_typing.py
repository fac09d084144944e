# expect: file out.png
from __future__ import annotations

from dataclasses import dataclass, field

import matplotlib.pyplot as plt


@dataclass
class Series:
    name: str
    values: list[float] = field(default_factory=list)


for s in (Series("a", [1, 2]), Series("b", [2, 1])):
    plt.plot(s.values, label=s.name)
plt.legend(loc="best")
plt.savefig("out")
