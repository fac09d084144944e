"""Samples drawn ahead leave the libraries as they were, caches aside."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CACHES = {
    *("_cache", "_cache2", "cache", "__warningregistry__", "__slotnames__", "_value2member_map_"),
    # classes in place of their names; modules by name; folders of pandas; data types
    *("_default_backends", "_backends", "_pkg_dir", "_test_dir", "_cache_dtypes"),
    # what pandas found registered, which `left_alone` puts back
    "_mpl_units",
    # networkx numbers the functions that it decorates on first use
    "_argmap__count",
}
SCRIPT = """
import json, logging, os, random, sys, warnings
from visual_erm.renderers import chart_zygote
chart_zygote.prime()
import matplotlib, numpy, pandas, visual_erm.images
from matplotlib import pyplot, units
from visual_erm.renderers import chart_priming

ROOTS = ("matplotlib", "mpl_toolkits", "seaborn", "pandas", "networkx", "PIL", "scipy", "numpy",
         "dateutil", "cycler", "warnings", "logging", "random", "os", "io", "time", "datetime",
         "re", "contourpy", "cv2", "builtins", "visual_erm")

def look(thing, deep=True):
    if isinstance(thing, (int, float, str, bytes, type(None))):
        return repr(thing)
    if isinstance(thing, dict):
        items = [(repr(key), look(value, False)) for key, value in thing.items()] if deep else []
        return [len(thing), *sorted(items)]
    if isinstance(thing, (list, tuple, set, frozenset)):
        return [len(thing), *(sorted(str(look(one, False)) for one in thing) if deep else [])]
    return f"{type(thing).__name__} {id(thing)}"

def snapshot():
    seen = {}
    for name, module in list(sys.modules.items()):
        if module is None or name.partition(".")[0] not in ROOTS:
            continue
        for key, value in list(vars(module).items()):
            seen[f"{name}:{key}"] = look(value)
            if isinstance(value, type) and value.__module__ == name:
                for inner, attribute in list(vars(value).items()):
                    seen[f"{name}:{key}:{inner}"] = look(attribute)
    seen |= {
        "settings": look(dict(matplotlib.rcParams)),
        "randomness": [repr(random.getstate()), repr(numpy.random.get_state())],
        "units": look(units.registry),
        "figures": pyplot.get_fignums(),
        "maps": sorted(matplotlib.colormaps),
        "filters": look(warnings.filters),
        "logging": [logging.root.manager.disable, look(logging.root.handlers)],
        "printing": [look(numpy.get_printoptions()), look(numpy.geterr())],
        "pandas": pandas.get_option("mode.copy_on_write") and pandas.get_option("display.width"),
        "environment": [look(dict(os.environ)), look(sys.path), os.getcwd()],
        "modules": sorted(sys.modules),
    }
    return seen

before = snapshot()
count = sum(1 for _ in chart_priming.steps())
after = snapshot()
changed = [key for key in {*before, *after} if before.get(key) != after.get(key)]
failed = []
for sample in chart_priming.SAMPLES:
    with chart_zygote.quiet(), chart_priming.left_alone():
        try:
            sample()
        except Exception as error:
            failed.append(repr(error))
print(json.dumps({"changed": changed, "count": count, "failed": failed}))
"""


@pytest.mark.slow
def test_priming_leaves_everything_as_it_was() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["count"] >= 15
    assert not found["failed"]
    changed = [
        name
        for name in found["changed"]
        if name.rpartition(":")[2] not in CACHES and ":argmap_" not in name
    ]
    assert not changed
