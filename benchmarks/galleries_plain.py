"""One gallery script in a fresh interpreter, as `benchmarks.galleries` compares it.

    python -m benchmarks.galleries_plain SCRIPT PICTURE.png

Independent of our hooks: Matplotlib's Agg saves with `savefig`, `plt.show()` ends figures as
closing their windows does. Equal settings means the same fonts, seeds and clock. The picture is the
last figure that was shown, or else the current one at the end.
"""

from __future__ import annotations

import importlib
import runpy
import sys
import warnings
from pathlib import Path
from typing import Any

from visual_erm.renderers.chart_fixed import CLOCK, fix_clock, fix_randomness
from visual_erm.renderers.chart_patches import Patches
from visual_erm.renderers.chart_zygote import import_matplotlib


def main() -> None:
    script, picture = sys.argv[1], sys.argv[2]
    import_matplotlib()
    # before seeds and clock are fixed: extension modules look at `datetime`, and what is imported
    # may make generators
    for name in ("pandas", "scipy.stats", "seaborn", "sklearn.ensemble"):
        importlib.import_module(name)
    from matplotlib import pyplot as plt

    shown: list[int] = []

    def show(*_: Any, **__: Any) -> None:
        for number in plt.get_fignums():
            shown.append(number)
            plt.figure(number).savefig(picture)
        plt.close("all")

    plt.show = show
    warnings.simplefilter("ignore")
    patches = Patches()
    fix_randomness(patches)
    fix_clock(patches, CLOCK)
    sys.argv = [script]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")
    if not shown and plt.get_fignums():
        plt.savefig(picture)


if __name__ == "__main__":
    main()
