"""False reports of the chart judge where one program was drawn twice, elsewhere.

    python -m benchmarks.same_code FOLDER [--programs 24] [--only 3.6] [--list]

Programs of `same_code_programs` and of the data engine's training families are drawn by the
installed Matplotlib, and again by older ones (each in an environment of its own, made with pip in
FOLDER), in other fonts, sizes and resolutions, with other margins, and compressed. Nothing that a
program says differs, so every error that is found is a false one. Where other texts are drawn, such
as more ticks on a longer axis, the picture does say something else: such pairs are counted apart
and not judged.
Pictures are kept in FOLDER.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
import statistics
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.same_code_programs import PROGRAMS, START
from visual_erm import images
from visual_erm.data.packages import pinned
from visual_erm.data.seeds import of_package
from visual_erm.judges.embedded import EmbeddedJudge

VERSIONS = {
    "3.6": ("matplotlib==3.6.3", "numpy==1.24.4", "pandas==1.5.3", "seaborn==0.13.2"),
    "3.8": ("matplotlib==3.8.4", "numpy==1.26.4", "pandas==2.1.4", "seaborn==0.13.2"),
}
"""Matplotlibs with wheels for Python 3.11, and what was current then."""
FONTS = ("font-roboto==0.0.1", "font-source-sans-pro==0.0.1", "font-source-serif-pro==0.0.1")
VARIANTS: dict[str, dict[str, Any]] = {
    "3.6": {"matplotlib": "3.6"},
    "3.8": {"matplotlib": "3.8"},
    "3.6, Roboto": {"matplotlib": "3.6", "font": "Roboto"},
    "3.8, serif, tight": {"matplotlib": "3.8", "font": "Source Serif Pro", "tight": True},
    "Roboto": {"font": "Roboto"},
    "narrow sans": {"font": "Source Sans Pro"},
    "serif": {"font": "DejaVu Serif"},
    "Times": {"font": "STIXGeneral"},
    "0.8 x dpi": {"dpi": 0.8},
    "1.5 x dpi, JPEG": {"dpi": 1.5, "jpeg": 80},
    "wider": {"wide": 1.15},
    "smaller": {"wide": 0.9, "high": 0.9},
    "tight box": {"tight": True},
    "JPEG": {"jpeg": 60},
}
DRAW = """
import json, sys, warnings
import matplotlib
matplotlib.use("Agg")
from matplotlib import font_manager, pyplot as plt, figure
from matplotlib.backends.backend_agg import RendererAgg
import numpy
warnings.simplefilter("ignore")
jobs, fonts = json.load(open(sys.argv[1])), sys.argv[2:]
for font in fonts:
    font_manager.fontManager.addfont(font)
words, write, use = [], RendererAgg.draw_text, plt.style.use
layout, save = figure.Figure.tight_layout, figure.Figure.savefig
def draw_text(self, gc, x, y, s, *args, **kwargs):
    words.append(s)
    return write(self, gc, x, y, s, *args, **kwargs)
RendererAgg.draw_text = draw_text
for job in jobs:
    rc = {"font.family": [job["font"]], "font.sans-serif": [job["font"]]} if "font" in job else {}
    def styled(style):
        use(style)
        plt.rcParams.update(rc)
    laid = []
    figure.Figure.tight_layout = lambda fig, *a, **k: laid.append((a, k)) or layout(fig, *a, **k)
    figure.Figure.savefig = plt.show = lambda *a, **k: None
    plt.style.use = styled
    plt.rcdefaults()
    plt.rcParams.update(rc)
    numpy.random.seed(0)
    try:
        exec(job["source"], {"__name__": "__main__"})
        fig = plt.gcf()
        width, height = fig.get_size_inches()
        fig.set_size_inches(width * job.get("wide", 1), height * job.get("high", 1))
        for args, kwargs in laid[-1:]:
            layout(fig, *args, **kwargs)
        fig.canvas.draw()
        words.clear()
        box = {"bbox_inches": "tight"} if job.get("tight") else {}
        save(fig, job["picture"], dpi=100 * job.get("dpi", 1), **box)
        drawn = sorted(set(words))
    except Exception as error:
        drawn = repr(error)
    plt.close("all")
    json.dump(drawn, open(job["picture"] + ".json", "w"))
"""


def main() -> None:
    """Draw, judge and print."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--programs", type=int, default=24)
    options.add_argument("--skip", type=int, default=0, help="programs left out at the start")
    options.add_argument("--only", help="variants whose names hold this")
    options.add_argument("--list", action="store_true", help="print every false alarm")
    arguments = options.parse_args()
    variants = {k: v for k, v in VARIANTS.items() if (arguments.only or "") in k}
    folder = arguments.folder.resolve()
    seeds = _programs(arguments.skip + arguments.programs)[arguments.skip :]
    draw(folder, dict(seeds), variants)
    judge(folder, [name for name, _ in seeds], variants, show=arguments.list)


def _programs(count: int) -> list[tuple[str, str]]:
    """Programs by name; those in scripts that not all of the fonts have are passed over."""
    package = next(p for p in pinned() if p.adapter == "chart_programs" and p.split == "train")
    seeds = of_package(package, 2 * count)
    western = [seed for seed in seeds if max(seed.source) < "\u3000"]
    made = [(seed.id.rpartition("/")[2], seed.source) for seed in western[:count]]
    return [(name, START + source) for name, source in PROGRAMS.items()] + made


def draw(folder: Path, programs: dict[str, str], variants: dict[str, dict[str, Any]]) -> None:
    """Every program in every variant that is not drawn yet, with the texts it drew."""
    fonts = folder / "fonts"
    if not fonts.exists():
        _pip(sys.executable, "--target", str(fonts), "--no-deps", *FONTS)
    files = [str(path) for path in sorted(fonts.rglob("*-Regular.ttf"))]
    files += [str(path) for path in sorted(fonts.rglob("*-Bold.ttf"))]
    jobs: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    for variant, settings in {"reference": {}, **variants}.items():
        for name, source in programs.items():
            picture = _picture(folder, name, variant)
            if not Path(f"{picture}.json").exists():
                job = {**settings, "source": source, "picture": str(picture)}
                jobs[settings.get("matplotlib", "")].append(job)
    for version, some in jobs.items():
        python = Path(sys.executable)
        if version:
            python = folder / version / "bin" / "python"
            if not python.exists():
                venv.create(folder / version, with_pip=True)
                _pip(str(python), *VERSIONS[version])
        listed = folder / "jobs.json"
        listed.write_text(json.dumps(some), encoding="utf-8")
        subprocess.run([python, "-c", DRAW, listed, *files], check=True)


def _pip(python: str, *arguments: str) -> None:
    subprocess.run([python, "-m", "pip", "install", "--quiet", *arguments], check=True)


def _picture(folder: Path, name: str, variant: str) -> Path:
    return folder / f"{name}.{re.sub(r'[^A-Za-z0-9]+', '-', variant)}.png"


def judge(
    folder: Path, names: list[str], variants: dict[str, dict[str, Any]], *, show: bool
) -> None:
    """Print false reports by variant and by what they say."""
    embedded, templates = EmbeddedJudge(), collections.Counter[str]()
    counts: dict[str, list[int]] = {variant: [] for variant in variants}
    apart, seconds = 0, []
    for name in names:
        reference = _picture(folder, name, "reference")
        words = json.loads(Path(f"{reference}.json").read_text(encoding="utf-8"))
        for variant, settings in variants.items():
            picture = _picture(folder, name, variant)
            if json.loads(Path(f"{picture}.json").read_text(encoding="utf-8")) != words:
                apart += 1
                continue
            if "jpeg" in settings:
                again = picture.with_suffix(".jpg")
                with Image.open(picture) as png:
                    png.convert("RGB").save(again, quality=settings["jpeg"])
                picture = again
            verdict = embedded.compare(images.load(reference), images.load(picture), "chart")
            counts[variant].append(len(verdict.errors))
            seconds.append(verdict.usage["cpu_seconds"])
            for error in verdict.errors:
                said = re.sub(r'"[^"]*"', "Q", error.description)
                said = re.sub(r"[-−]?\d[\d.,e%]*", "N", re.sub(r"\(.*?\)", "", said))
                templates[f"{error.category}: {said[:60]}"] += 1
                if show:
                    print(f"{name} [{variant}] {error.location}: {error.description}")
    print("variant                pairs  clean  false alarms a pair")
    counts["all"] = [count for found in counts.values() for count in found]
    for variant, found in counts.items():
        clean = sum(not n for n in found) / max(1, len(found))
        mean = sum(found) / max(1, len(found))
        print(f"{variant:22} {len(found):5}  {clean:5.0%}  {mean:.2f}")
    print(f"{apart} pairs whose texts differ are left out")
    cost = sorted(seconds) or [0.0]
    at = cost[int(0.95 * (len(cost) - 1))]
    print(f"CPU seconds a verdict: median {statistics.median(cost):.2f}, 95th percentile {at:.2f}")
    for said, count in templates.most_common(40):
        print(f"{count:4}  {said}")


if __name__ == "__main__":
    main()
