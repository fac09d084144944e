"""What the plotting zygote does once, so that no program has to: imports, fonts, caches.

Nothing here may change what a program draws, except that fonts are the fixed set and that a text in
Chinese, Japanese or Korean falls back to a font that has it. No folder of the user is read: neither
a `matplotlibrc` nor style sheets nor a font cache.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from visual_erm import fonts
from visual_erm.renderers.chart_patches import Patches

NOWHERE = "/nonexistent"
"""Stands for Matplotlib's configuration and cache folders, which no render may depend on."""
ALWAYS = (
    "matplotlib.pyplot",
    "matplotlib.animation",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_ps",
    "matplotlib.backends.backend_svg",
    "matplotlib.widgets",
    "matplotlib.gridspec",
    "matplotlib.sankey",
    "matplotlib.table",
    "mpl_toolkits.mplot3d",
    "mpl_toolkits.axes_grid1.inset_locator",
    "mpl_toolkits.axisartist",
    "numpy.random",
    "numpy.fft",
    "numpy.ma",
    "numpy.polynomial",
    "PIL.Image",
    "PIL.ImageDraw",
    "PIL.ImageFont",
    "PIL.ImageShow",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "contourpy",
    "cv2",
    "pandas",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
    "pandas.io.formats.string",
    "pandas.plotting._matplotlib",
    "seaborn",
    "seaborn.objects",
    "scipy.stats",
    "scipy.signal",
    "scipy.interpolate",
    "scipy.optimize",
    "scipy.ndimage",
    "scipy.spatial",
    "scipy.cluster.hierarchy",
    "networkx",
)
"""Loaded in every zygote; all are dependencies of this package."""
OPTIONAL = (
    # pandas and Altair use it where it is; its pools would count as the program's memory
    "pyarrow.pandas_compat",
    "pyarrow.vendored.version",
    "plotly.graph_objects",
    "plotly.express",
    "plotly.subplots",
    "plotly.figure_factory",
    "plotly.offline",
    "plotly.io",
    "altair",
    "sklearn.datasets",
    "sklearn.decomposition",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.cluster",
    "sklearn.manifold",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.neighbors",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "sklearn.svm",
    "sklearn.tree",
    "sklearn.inspection",
    "statsmodels.api",
)
"""Loaded where they are installed: importing them takes longer than most programs."""


_maps: list[bytes] = []


def memory_maps() -> bytes:
    """What `/proc/self/maps` said in the zygote; the confinement lets no child read it.

    scikit-learn (by threadpoolctl) looks there for libraries that use threads.
    """
    return b"".join(_maps)


def prime() -> None:
    """Import, set the fonts up and draw once; runs in the zygote before the first fork."""
    with quiet():
        import_matplotlib()
        for name in (*ALWAYS, *OPTIONAL):
            if name in ALWAYS or importlib.util.find_spec(name.partition(".")[0]) is not None:
                with suppress(ImportError):
                    importlib.import_module(name)
        _prime_caches()
    _maps[:] = [Path("/proc/self/maps").read_bytes()]


def import_matplotlib() -> None:
    """Import Matplotlib with Agg, its own defaults and the fixed fonts only."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None and spec.submodule_search_locations
    data = os.path.join(spec.submodule_search_locations[0], "mpl-data")  # noqa: PTH118
    os.environ["MATPLOTLIBRC"] = os.path.join(data, "matplotlibrc")  # noqa: PTH118
    os.environ["MPLBACKEND"] = "agg"
    import matplotlib as mpl

    patches = Patches()
    patches.put(mpl, "get_cachedir", lambda: NOWHERE)
    if "matplotlib.font_manager" not in sys.modules:
        _import_font_manager(data)
    patches.put(mpl, "get_configdir", lambda: NOWHERE)
    use_fixed_fonts()
    # while a program runs, switching is without effect; so it has to be done before
    importlib.import_module("matplotlib.pyplot").switch_backend("agg")


def _import_font_manager(data: str) -> None:
    """Import it without its scan of the machine's fonts."""
    import subprocess

    walk = os.walk

    def walk_own(top: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        return walk(top, *args, **kwargs) if str(top).startswith(data) else iter(())

    def no_fontconfig(*_: Any, **__: Any) -> bytes:
        raise OSError("the machine's fonts are not used")

    patches = Patches()
    patches.put(os, "walk", walk_own)
    patches.put(subprocess, "check_output", no_fontconfig)
    try:
        importlib.import_module("matplotlib.font_manager")
    finally:
        patches.undo()


def use_fixed_fonts() -> None:
    """Leave only Matplotlib's fonts and this package's, and give absent families a stand-in."""
    import matplotlib as mpl
    from matplotlib import font_manager

    manager = font_manager.fontManager
    own = mpl.get_data_path()
    manager.ttflist = [entry for entry in manager.ttflist if entry.fname.startswith(own)]
    manager.afmlist = [entry for entry in manager.afmlist if entry.fname.startswith(own)]
    for file in fonts.font_files():
        if not str(file).startswith(own):
            manager.addfont(file)
    present = {entry.name.lower() for entry in manager.ttflist}
    by_family: dict[str, list[Any]] = {}
    for entry in manager.ttflist:
        by_family.setdefault(entry.name, []).append(entry)
    for family in fonts.known_families():
        if family not in present:
            stand_ins = by_family.get(fonts.substitute(family), [])
            manager.ttflist += [replace(entry, name=family) for entry in stand_ins]
    for settings in (mpl.rcParams, mpl.rcParamsDefault):
        settings["font.family"] = ["sans-serif", fonts.CJK]
    clear = getattr(manager, "_findfont_cached", None)
    if clear is not None:
        clear.cache_clear()


def versions() -> dict[str, str]:
    """What determines the pixels."""
    import matplotlib as mpl
    import numpy as np
    from matplotlib import ft2font

    found = {
        "matplotlib": mpl.__version__,
        "freetype": ft2font.__freetype_version__,
        "numpy": np.__version__,
        "fonts": fonts.fingerprint(),
        "backend": mpl.get_backend().lower(),
    }
    for package in ("seaborn", "pandas", "networkx"):
        module = sys.modules.get(package)
        if module is not None:
            found[package] = str(module.__version__)
    return found


@contextmanager
def quiet() -> Iterator[None]:
    """Without log lines and warnings."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


def _prime_caches() -> None:
    """Draw what most programs draw: text in usual sizes, formulas, ticks, a legend, 3D."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    with mpl.rc_context():
        figure, axes = plt.subplots(1, 2, figsize=(8, 4))
        axes[0].plot([0, 1, 2], [1, 3, 2], "o-", label="$x^2$")
        axes[0].bar([0, 1], [1, 2], label="bar")
        axes[0].scatter([0, 1], [1, 2], c=[0, 1], cmap="viridis")
        axes[0].legend(title="legend")
        axes[0].grid(True)
        axes[1].set_yscale("log")
        axes[1].imshow([[1, 2], [3, 4]])
        for size in (8, 9, 10, 11, 12, 14, 16, 18, 20):
            for weight in ("normal", "bold"):
                axes[1].text(1, 1, "The quick brown fox", fontsize=size, weight=weight)
        axes[1].text(1, 1, r"$\frac{\alpha}{\beta_i} + \sum_{k=0}^n \sqrt{x}$", style="italic")
        axes[1].set_title("title")
        figure.suptitle("suptitle")
        figure.tight_layout()
        figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
        solid = plt.figure(figsize=(2, 2))
        solid.add_subplot(projection="3d").plot([0, 1], [0, 1], [0, 1])
        solid.savefig(io.BytesIO(), format="png")
        plt.close("all")
