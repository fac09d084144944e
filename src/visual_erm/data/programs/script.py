"""A chart program that is being written: its data as literals, its calls, its looks.

script = Script(look, rng)
columns = script.columns({"Year": [2001, 2002], "Sales": [3, 4]})
ax = script.figure()
ax.call("plot", columns["Year"], columns["Sales"])
ax.finish(view)
script.text()
"""

from __future__ import annotations

import keyword
import random
import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from visual_erm.data.programs.looks import Look
from visual_erm.data.programs.views import View

WIDTH = 92
"""Columns of a line."""
IMPORTS = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "sns": "import seaborn as sns",
    "plt": "import matplotlib.pyplot as plt",
    "mdates": "import matplotlib.dates as mdates",
    "ticker": "import matplotlib.ticker as mticker",
    "datetime": "from datetime import datetime",
    "stats": "from scipy import stats",
    "patches": "import matplotlib.patches as mpatches",
}
FONTS = {"zh": ("SimHei", "Noto Sans CJK SC"), "ja": ("Noto Sans CJK JP", "IPAexGothic")}
"""What programs ask for where texts are Chinese or Japanese."""


class Code(str):
    """An expression, to be written as it is."""

    __slots__ = ()


class Script:
    """Lines of a program."""

    def __init__(self, look: Look, rng: random.Random, language: str = "en") -> None:
        """Start with what the look asks for."""
        self.look = look
        self.rng = rng
        self._used = {"plt"}
        self.fig = "fig"
        """An expression for the figure."""
        self.size = look.size
        """Sides of the figure, in inches."""
        self._head: list[str] = []
        self._body: list[str] = []
        self._language = language
        self._settings()

    def use(self, *names: str) -> None:
        """Import modules."""
        self._used.update(names)

    def line(self, *lines: str) -> None:
        """Add lines; texts between backquotes get the program's quotes."""
        self._body += [re.sub("`([^`]*)`", lambda m: self._quoted(m[1]), line) for line in lines]

    def make(self, name: str, what: str, *args: Any, **words: Any) -> None:
        """Name what a call returns."""
        self.line(f"{name} = {self.called(what, *args, **words)}")

    def blank(self) -> None:
        """Add an empty line, unless there is one."""
        if self._body and self._body[-1]:
            self._body.append("")

    def comment(self, text: str) -> None:
        """Add a comment, in programs that have them."""
        if self.look.commented:
            self._body.append(f"# {text}")

    def assign(self, name: str, value: Any) -> Code:
        """Name a value."""
        self._body += self.wrapped(f"{name} = ", value)
        return Code(name)

    def wrapped(self, start: str, value: Any, end: str = "") -> list[str]:
        """A literal over as many lines as it needs."""
        text = self.literal(value)
        if len(start) + len(text) + len(end) <= WIDTH or not isinstance(value, list | dict):
            return [f"{start}{text}{end}"]
        if isinstance(value, dict):
            inner = []
            for key, item in value.items():
                inner += self.wrapped(f"    {self.literal(key)}: ", item, ",")
            return [f"{start}{{", *inner, f"}}{end}"]
        deep = " " * (len(start) - len(start.lstrip()) + 4)
        items = ", ".join(self.literal(item) for item in plain(value)) + ","
        if any(isinstance(item, list | tuple | dict) for item in value):
            return [
                f"{start}[",
                *(f"{deep}{self.literal(item)}," for item in value),
                f"{deep[4:]}]{end}",
            ]
        if all(isinstance(item, str) for item in value) and len(items) > 3 * WIDTH:
            rows = _filled([self.literal(item) for item in value], WIDTH - len(deep))
        else:
            rows = _filled([self.literal(item) for item in plain(value)], WIDTH - len(deep))
        return [f"{start}[", *(deep + row for row in rows), f"{deep[4:]}]{end}"]

    def literal(self, value: Any) -> str:
        """A value as code."""
        if isinstance(value, Code):
            return str(value)
        if isinstance(value, str):
            return self._quoted(value)
        if isinstance(value, float):
            return repr(value)
        if isinstance(value, list):
            return f"[{', '.join(map(self.literal, plain(value)))}]"
        if isinstance(value, tuple):
            inner = ", ".join(map(self.literal, value))
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        if isinstance(value, dict):
            items = (f"{self.literal(k)}: {self.literal(v)}" for k, v in value.items())
            return f"{{{', '.join(items)}}}"
        return repr(value)

    def _quoted(self, text: str) -> str:
        if text.count("US$") > 1:  # two of them would begin and end a formula
            text = text.replace("US$", "US\\$")
        raw = "\\" in text and "\n" not in text
        quote = (
            self.look.quote if self.look.quote not in text else "\"'".replace(self.look.quote, "")
        )
        if quote in text or ("\\" in text and not raw):
            return repr(text)
        escaped = text.replace("\n", "\\n")
        return f"{'r' if raw else ''}{quote}{escaped}{quote}"

    def columns(self, data: Mapping[str, list[Any]], form: str = "") -> Columns:
        """Write columns of data in a form: "lists", "dict", "frame", "arrays"; by lot if none."""
        form = form or self.rng.choice(("lists", "lists", "dict", "frame", "arrays"))
        self.comment(self.rng.choice(("Data", "data", "Prepare the data", "Sample data")))
        if form in ("lists", "arrays"):
            taken: set[str] = set()
            names = {key: Code(_name(key, taken)) for key in data}
            for key, name in names.items():
                numeric = not any(isinstance(v, str) for v in data[key])
                if form == "arrays" and numeric:
                    self.use("np")
                    self._body += self.wrapped(f"{name} = np.array(", data[key], ")")
                else:
                    self.assign(name, data[key])
            self.blank()
            return Columns(self, form, "", {k: str(n) for k, n in names.items()})
        frame = self.rng.choice(("df", "data", "df")) if form == "frame" else "data"
        if form == "frame":
            self.use("pd")
            if self.rng.random() < 0.5:
                self._body += self.wrapped("data = ", dict(data))
                self._body.append(f"{frame} = pd.DataFrame(data)")
            else:
                self._body += self.wrapped(f"{frame} = pd.DataFrame(", dict(data), ")")
        else:
            self._body += self.wrapped(f"{frame} = ", dict(data))
        self.blank()
        return Columns(self, form, frame, {k: f"{frame}[{self.literal(k)}]" for k in data})

    def figure(
        self,
        rows: int = 1,
        columns: int = 1,
        *,
        size: tuple[float, float] | None = None,
        **options: Any,
    ) -> list[Axes]:
        """Make the figure; one pair of axes for each plot."""
        look = self.look
        self.size = size or look.size
        words: dict[str, Any] = {"figsize": self.size}
        if look.dpi:
            words["dpi"] = look.dpi
        several = rows * columns > 1
        if look.layout == "constrained" and not (look.api == "pyplot" and not several):
            words["layout"] = "constrained"
        self.comment(self.rng.choice(("Create the figure", "Plot", "Create figure and axis")))
        if look.api == "pyplot" and not several and not options:
            self.line(self.called("plt.figure", **words))
            self.fig = "plt.gcf()"
            return [Axes(self, "plt")]
        if not several:
            polar = {
                k: Code(f"{{{self.literal('projection')}: {self.literal(v)}}}")
                for k, v in options.items()
                if k == "projection"
            }
            words |= {"subplot_kw": polar["projection"]} if polar else options
            self.line(f"fig, ax = {self.called('plt.subplots', **words)}")
            return [Axes(self, "ax")]
        names = ["ax1", "ax2"] if rows * columns == 2 and self.rng.random() < 0.6 else []
        target = f"({', '.join(names)})" if names else "axes"
        self.make(f"fig, {target}", "plt.subplots", rows, columns, **words, **options)
        if names:
            return [Axes(self, name) for name in names]
        one = rows == 1 or columns == 1
        return [
            Axes(self, f"axes[{r * columns + c}]" if one else f"axes[{r}, {c}]")
            for r in range(rows)
            for c in range(columns)
        ]

    def called(self, what: str, *args: Any, **words: Any) -> str:
        """A call, over several lines where it is long."""
        parts = [self.literal(a) for a in args]
        parts += [f"{key}={self.literal(value)}" for key, value in words.items()]
        text = f"{what}({', '.join(parts)})"
        if len(text) <= WIDTH:
            return text
        return "\n".join([f"{what}(", *(f"    {row}" for row in _filled(parts, WIDTH - 4)), ")"])

    def colours(self, count: int) -> list[str]:
        """So many colours of the palette."""
        known = self.look.colours
        return [known[i % len(known)] for i in range(count)]

    def palette(self, count: int) -> Code:
        """Code for a list of so many colours: written out, or taken from a colour map."""
        if count > len(self.look.colours) or self.rng.random() < 0.25:
            self.use("np")
            name = self.rng.choice(
                ("viridis", "plasma", "cividis", "Set3" if count > 7 else "Set2")
            )
            if name.startswith("Set"):
                return Code(
                    f"plt.cm.{name}.colors[:{count}]" if count <= 8 else "plt.cm.Set3.colors"
                )
            return Code(f"plt.cm.{name}(np.linspace(0.15, 0.85, {count}))")
        return Code(self.literal(self.colours(count)))

    def end(self, *, tight: bool = True) -> None:
        """Lay out, save, show."""
        look = self.look
        self.blank()
        if tight and (look.layout == "tight" or "layout=" not in "".join(self._body)):
            self.line(
                "plt.tight_layout()"
                if look.api == "pyplot" or self.rng.random() < 0.6
                else "fig.tight_layout()"
            )
        if look.saved:
            words: dict[str, Any] = {}
            if self.rng.random() < 0.3:
                words["dpi"] = self.rng.choice((100, 120))
            self.line(
                self.called(
                    "plt.savefig" if look.api == "pyplot" else "fig.savefig", look.saved, **words
                )
            )
        if not look.saved or self.rng.random() < 0.4:
            self.line("plt.show()")

    def text(self) -> str:
        """The program."""
        order = [n for n in IMPORTS if n in self._used]
        if self.rng.random() < 0.5:
            order.sort(key=lambda n: (n != "plt", list(IMPORTS).index(n)))
        head = [IMPORTS[n] for n in order]
        body = "\n".join(self._body).strip("\n")
        if not self.look.wrapped:
            return "\n".join([*head, "", *self._head, *([""] if self._head else []), body]) + "\n"
        inner = textwrap.indent(body, "    ")
        name = self.rng.choice(("main", "main", "draw_chart", "create_plot"))
        lines = [
            *head,
            "",
            *self._head,
            *([""] if self._head else []),
            "",
            f"def {name}():",
            inner,
            "",
            "",
        ]
        quoted = self.literal("__main__")
        return "\n".join([*lines, f"if __name__ == {quoted}:", f"    {name}()"]) + "\n"

    def _settings(self) -> None:
        look = self.look
        if look.sheet:
            self._head.append(f"plt.style.use({self._quoted(look.sheet)})")
        if look.theme:
            self.use("sns")
            self._head.append(self.called("sns.set_theme", **dict(look.theme)))
        settings = dict(look.settings)
        if self._language in FONTS:
            settings.pop("font.family", None)
            settings |= {"font.sans-serif": [*FONTS[self._language], "DejaVu Sans"]}
            settings |= {"axes.unicode_minus": False}
        if len(settings) > 2 and self.rng.random() < 0.5:
            self._head += self.wrapped("plt.rcParams.update(", settings, ")")
        else:
            self._head += [
                f"plt.rcParams[{self._quoted(k)}] = {self.literal(v)}" for k, v in settings.items()
            ]


class Columns:
    """Data that was written: how each column is read again."""

    def __init__(self, script: Script, form: str, name: str, names: dict[str, str]) -> None:
        self.form = form
        self.name = name
        self._names = names
        self._script = script

    def __getitem__(self, key: str) -> Code:
        return Code(self._names[key])


class Axes:
    """One plot, written in the style of pyplot or of its axes."""

    def __init__(self, script: Script, name: str) -> None:
        self.script = script
        self.name = name
        self.turned = False
        """Whether labels of the x axis are turned, and need the room below it."""

    @property
    def object(self) -> str:
        """An expression for the axes."""
        return "plt.gca()" if self.name == "plt" else self.name

    def call(self, method: str, *args: Any, **words: Any) -> None:
        """A call of a method that both styles have under one name."""
        self.script.line(self.script.called(f"{self.name}.{method}", *args, **words))

    def make(self, name: str, method: str, *args: Any, **words: Any) -> None:
        """Name what a call of a method returns."""
        self.script.make(name, f"{self.name}.{method}", *args, **words)

    def put(self, what: str, *args: Any, **words: Any) -> None:
        """`ax.set_title(...)` or `plt.title(...)`; the same for labels, limits, ticks, scales."""
        method = what if self.name == "plt" else f"set_{what}"
        self.call(method, *args, **words)

    def heading(self, title: str, x: str = "", y: str = "", *, small: bool = False) -> None:
        """Title and axis labels."""
        look, script = self.script.look, self.script
        title = fitted(title, script.size[0] * (0.45 if small else 0.85), look.title_size)
        y = fitted(y, script.size[1] * 0.8, look.title_size - 1) if len(y) > 24 else y
        if small or (
            self.name != "plt" and not look.title and not look.label and script.rng.random() < 0.5
        ):
            words = {"title": title, "xlabel": x, "ylabel": y}
            words = {key: text for key, text in words.items() if text}
            if self.name != "plt":
                script.line(script.called(f"{self.name}.set", **words))
                return
        if title:
            self.put("title", title, **({} if small else dict(look.title)))
        if x:
            self.put("xlabel", x, **dict(look.label))
        if y:
            self.put("ylabel", y, **dict(look.label))

    def grid(self, axis: str = "") -> None:
        """The look's grid, along one axis where that is said."""
        look = self.script.look
        if not look.grid:
            return
        words = dict(look.grid)
        if axis:
            words["axis"] = axis
        visible = words.pop("visible")
        self.call("grid", visible, **words)
        if self.script.rng.random() < 0.5:
            self.script.line(f"{self.object}.set_axisbelow(True)")

    def frame(self) -> None:
        """Take upper and right line away, if the look does; and the background."""
        script, look = self.script, self.script.look
        if look.open_frame:
            both = script.literal(["top", "right"])
            if script.rng.random() < 0.5:
                script.line(f"{self.object}.spines[{both}].set_visible(False)")
            else:
                script.line(
                    f"for side in {both}:", f"    {self.object}.spines[side].set_visible(False)"
                )
        elif dict(look.theme).get("style") in ("ticks", "white") and script.rng.random() < 0.6:
            script.line("sns.despine()")
        if look.face:
            script.line(f"{self.object}.set_facecolor({script.literal(look.face)})")

    def legend(self, count: int, title: str = "", *, full: bool = False, **words: Any) -> None:
        """A legend where the look has it; beside the plot where that is full."""
        look = self.script.look
        options: dict[str, Any] = dict(look.legend)
        if look.outside == "right" or (full and look.outside != "below"):
            options |= {"loc": "upper left", "bbox_to_anchor": (1.02, 1)}
        elif look.outside == "below":
            options |= {
                "loc": "upper center",
                "bbox_to_anchor": (0.5, -0.16),
                "ncol": min(count, 3),
            }
        elif count > 3 and self.script.rng.random() < 0.3:
            options["ncol"] = 2
        if title and self.script.rng.random() < 0.6:
            options["title"] = title
        self.call(
            "legend", **{**words, **options} if look.outside or full else {**options, **words}
        )

    def crowded(self, names: Sequence[str], share: float = 1.0) -> None:
        """Turn the labels of the x axis where they would not fit beside each other."""
        rng = self.script.rng
        room = self.script.look.size[0] * share * 0.8 / max(1, len(names))
        longest = max(map(width, names)) * 0.085
        if longest < room * 0.95:
            return
        self.turned = True
        angle = 90 if longest > 2.2 and len(names) > 14 else rng.choice((30, 45, 45, 60))
        side = {"ha": "right"} if angle < 90 else {}
        if self.name == "plt":
            self.call("xticks", rotation=angle, **side)
        elif rng.random() < 0.5 or angle == 90:
            self.script.line(
                self.script.called(
                    "plt.setp", Code(f"{self.name}.get_xticklabels()"), rotation=angle, **side
                )
            )
        else:
            self.script.line(
                f"for label in {self.name}.get_xticklabels():",
                f"    label.set_rotation({angle})",
                f"    label.set_ha({self.script.literal('right')})",
            )

    def ticks(self, axis: str, unit: str, values: Sequence[float]) -> None:
        """Numbers along an axis as the unit asks for: percent, dollars, thousands."""
        script, rng = self.script, self.script.rng
        set_major = f"{self.object}.{axis}axis.set_major_formatter"
        most = max(abs(v) for v in values)
        if unit == "share":
            script.use("ticker")
            precise = "" if most > 0.1 else ", decimals=1"
            script.line(f"{set_major}(mticker.PercentFormatter(xmax=1{precise}))")
        elif most >= 10_000 and rng.random() < 0.6:
            if rng.random() < 0.5:
                script.line(script.called(set_major, "{x:,.0f}"))
            else:
                script.use("ticker")
                script.line(f"{set_major}(mticker.StrMethodFormatter(`{{x:,.0f}}`))")
        elif unit.startswith("US$") and rng.random() < 0.4:
            places = 0 if most >= 20 else 1
            script.line(script.called(set_major, f"${{x:,.{places}f}}"))
        elif unit == "%" and rng.random() < 0.4:
            script.line(script.called(set_major, "{x:.0f}%" if most > 8 else "{x:.1f}%"))

    def note(self, text: str, at: tuple[Any, Any], by: tuple[float, float]) -> None:
        """A note with an arrow."""
        script = self.script
        arrow = {"arrowstyle": "->", "color": script.look.ink}
        self.call("annotate", text, xy=at, xytext=by, textcoords="offset points", arrowprops=Code(
            f"dict({', '.join(f'{k}={script.literal(v)}' for k, v in arrow.items())})"
        ), fontsize=9, color=script.look.ink)  # fmt: skip

    def credit(self, view: View) -> None:
        """Who collected the data, below the chart."""
        script = self.script
        if (
            script.look.credit
            and view.credit
            and not (script.look.outside == "below" or self.turned)
        ):
            words = {"ha": "right", "fontsize": 8, "color": "gray"}
            where = f"{self.object}.text"
            words |= {"transform": Code(f"{self.object}.transAxes"), "va": "top"}
            source = {"zh": "数据来源：", "ja": "出典：", "de": "Quelle: "}.get(
                view.language, "Source: "
            )
            script.line(script.called(where, 1.0, -0.19, source + view.credit, **words))


def plain(values: Sequence[Any]) -> list[Any]:
    """Whole numbers without a point where all are whole."""
    if values and all(isinstance(v, float) and v.is_integer() for v in values):
        return [int(v) for v in values]
    return list(values)


def width(text: str) -> float:
    """Signs; those of East Asia count twice."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fitted(title: str, inches: float, size: float) -> str:
    """The title in lines that fit into the figure's width."""
    most = max(18, int(inches * 72 / (size * 0.6)))
    lines = []
    for line in title.split("\n"):
        room = most if width(line) == len(line) else most // 2
        lines += textwrap.wrap(line, room) or [""]
    return "\n".join(lines)


def _filled(parts: Sequence[str], room: int) -> list[str]:
    """Parts with commas, in rows of so many signs."""
    rows, row = [], ""
    for part in parts:
        if row and len(row) + len(part) + 2 > room:
            rows.append(row.rstrip())
            row = ""
        row += f"{part}, "
    rows.append(row.rstrip())
    if len(rows) > 1 or rows[0].endswith(","):
        rows[-1] = rows[-1] if rows[-1].endswith(",") else rows[-1] + ","
    return rows


def _name(text: str, taken: set[str]) -> str:
    """A variable's name from a label."""
    plain_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = (
        re.sub(r"[^a-zA-Z0-9]+", "_", re.sub(r"\(.*?\)|\$_?", "", plain_text)).strip("_").lower()
    )
    name = "_".join(words.split("_")[:3]) or "values"
    if name[0].isdigit() or keyword.iskeyword(name):
        name = f"y{name}" if name[0].isdigit() else f"{name}_"
    number = 2
    base = name
    while name in taken or name in ("ax", "fig", "plt", "np", "pd", "sns", "df", "data", "axes"):
        name = f"{base}_{number}"
        number += 1
    taken.add(name)
    return name
