"""Programs that others wrote: the plotting examples in docstrings of NumPy, SciPy and pandas.

They come with the installed packages (BSD licences of NumPy, SciPy and pandas), so nothing is
downloaded or copied here: a name below is looked up, its `>>>` lines are taken out with `doctest`,
and run. Random numbers are seeded. The galleries of plotting libraries are not used: they are kept
for tests.

Rules may be tuned on the families of `TUNING`; those of `HELD` are for reported figures alone, and
nobody looks at their pictures.

    python -m benchmarks.judge.evaluate --task chart --source docstrings
"""

from __future__ import annotations

import contextlib
import doctest
import importlib
import inspect
import io
import random
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from benchmarks.judge.chart_programs import Program

TUNING = {
    "scipy.signal": "ShortTimeFFT buttord cont2discrete csd decimate detrend dfreqresp firwin "
    "firwin_2d freqz hilbert iirnotch lfilter peak_widths resample sawtooth envelope",
    "scipy.stats": "binned_statistic boxcox bootstrap cumfreq gaussian_kde hypergeom kurtosis "
    "linregress norm permutation_test poisson probplot relfreq tukey_hsd ecdf "
    "multivariate_normal",
    "scipy.special": "airy chebyt gamma jv kve",
    "numpy": "histogram2d interp meshgrid polyfit",
    "numpy.random": "dirichlet lognormal normal multivariate_normal vonmises zipf",
}
HELD = {
    "pandas.DataFrame.plot": "area bar barh box density hexbin hist line pie scatter",
    "pandas.DataFrame": "hist",
    "pandas.plotting": "andrews_curves autocorrelation_plot bootstrap_plot lag_plot "
    "parallel_coordinates radviz scatter_matrix table",
    "scipy.interpolate": "Akima1DInterpolator BSpline CubicSpline LinearNDInterpolator "
    "RBFInterpolator RegularGridInterpolator griddata interp1d make_smoothing_spline splprep",
    "scipy.spatial": "Delaunay SphericalVoronoi Voronoi convex_hull_plot_2d tsearch",
    "scipy.cluster.hierarchy": "dendrogram leaves_list",
    "scipy.integrate": "odeint solve_ivp",
}


def programs(*, tuning: bool | None = None) -> list[Program]:
    """The examples as programs, by family and name."""
    found = []
    for families, for_tuning in ((TUNING, True), (HELD, False)):
        if tuning is not None and tuning != for_tuning:
            continue
        for family, names in families.items():
            for name in names.split():
                path = f"{family}.{name}"
                found.append(Program(path, partial(_draw, path), "default", for_tuning))
    return found


@cache
def source(path: str) -> str:
    """The example in the docstring of the object at a dotted path, without its prompts."""
    parts = path.split(".")
    for depth in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:depth]))
        except ModuleNotFoundError:
            continue
        for part in parts[depth:]:
            found = getattr(found, part)
        text = inspect.getdoc(found) or ""
        return "".join(example.source for example in doctest.DocTestParser().get_examples(text))
    raise ModuleNotFoundError(path)


def _draw(path: str) -> Any:
    import pandas as pd

    plt.close("all")
    names = {"plt": plt, "np": np, "pd": pd, "__name__": "example"}
    with _seeded(), contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source(path), path, "exec"), names)
    # An example may draw several figures; the last one is its result.
    numbers = plt.get_fignums()
    for number in numbers[:-1]:
        plt.close(number)
    return plt.figure(numbers[-1])


@contextlib.contextmanager
def _seeded() -> Iterator[None]:
    """Random numbers that are the same each time, for generators made without a seed too."""
    made = np.random.default_rng
    state, plain = np.random.get_state(), random.getstate()
    np.random.seed(0)
    random.seed(0)
    np.random.default_rng = lambda seed=None: made(0 if seed is None else seed)
    try:
        yield
    finally:
        np.random.default_rng = made
        np.random.set_state(state)
        random.setstate(plain)
