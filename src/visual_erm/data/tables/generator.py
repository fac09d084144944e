"""Tables where no corpus has them: joined headers, notes, units, formulas, several scripts.

    sheet = generated(names, random.Random(0))

The words of the rows are given (names of countries or languages in some language); what stands
beside them is made up, in the forms that papers and reports use: uncertainties, stars of
significance, powers of ten, money, percentages, negative numbers in brackets.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from visual_erm.data.tables.frames import RIGHT, dressed, keyed
from visual_erm.data.tables.sheets import Cell, Sheet

Number = Callable[[random.Random], str]


def _decimal(low: float, high: float, places: int, unit: str = "") -> Number:
    def write(rng: random.Random) -> str:
        number = rng.uniform(low, high)
        return f"{'−' if number < 0 else ''}{abs(number):,.{places}f}{unit}"

    return write


def _spread(low: float, high: float, places: int) -> Number:
    def write(rng: random.Random) -> str:
        error = rng.uniform(0.02, 0.12) * high
        return f"{rng.uniform(low, high):.{places}f} ± {max(error, 10**-places):.{places}f}"

    return write


def _starred(low: float, high: float) -> Number:
    def write(rng: random.Random) -> str:
        number = rng.uniform(low, high)
        stars = rng.choice(("", "", "*", "**", "***"))
        return f"{'−' if number < 0 else ''}{abs(number):.3f}{stars}"

    return write


def _power(rng: random.Random) -> str:
    sign = rng.choice(("", "−"))
    return f"{rng.uniform(1, 9.9):.1f} × 10<sup>{sign}{rng.randint(2, 12)}</sup>"


def _brackets(rng: random.Random) -> str:
    number = rng.uniform(10, 3000)
    return f"({number:,.1f})" if rng.random() < 0.35 else f"{number:,.1f}"


def _money(sign: str) -> Number:
    return lambda rng: f"{sign}{rng.uniform(200, 90_000):,.0f}"


def _bound(rng: random.Random) -> str:
    return (
        f"&lt;{rng.choice((0.001, 0.01, 0.05))}" if rng.random() < 0.4 else _decimal(0, 1, 3)(rng)
    )


@dataclass(frozen=True)
class Topic:
    """What a table is about."""

    title: str
    label: str
    """Header of the first column."""
    columns: Sequence[tuple[str, Number]]
    groups: Sequence[tuple[str, int]] = ()
    """Headers above the columns, and how many each covers."""
    notes: Sequence[str] = ()
    names: str = ""
    """Language of the rows' names; "" for any of Latin script."""


TOPICS: tuple[Topic, ...] = (
    Topic(
        "Population and area", "Country",
        (("Population (m)", _decimal(0.4, 300, 1)), ("Area (km²)", _decimal(300, 2e6, 0)),
         ("Density (km<sup>−2</sup>)", _decimal(2, 900, 1)), ("Urban", _decimal(18, 97, 1, "%")),
         ("Growth", _decimal(-0.9, 3.4, 2, "%"))),
        (("Size", 3), ("Change", 2)),
        ("Figures are estimates of the middle of the year.", "Source: national statistics."),
    ),
    Topic(
        "Energy balance", "Region",
        (("Coal (TWh)", _decimal(1, 900, 1)), ("Gas (TWh)", _decimal(1, 600, 1)),
         ("Wind (GW)", _decimal(0.1, 80, 2)), ("Solar (GW)", _decimal(0.1, 70, 2)),
         ("Net trade", _decimal(-40, 40, 1)), ("CO<sub>2</sub> (Mt)", _decimal(5, 800, 0))),
        (("Fossil", 2), ("Renewable", 2), ("Balance", 2)),
        ("Negative values are exports.",),
    ),
    Topic(
        "Estimates of the model", "Predictor",
        (("<i>β</i>", _starred(-2, 2)), ("SE", _decimal(0.01, 0.6, 3)),
         ("<i>t</i>", _decimal(-6, 6, 2)), ("<i>p</i>", _bound), ("VIF", _decimal(1, 6, 2))),
        (), ("* p &lt; 0.05, ** p &lt; 0.01, *** p &lt; 0.001",),
    ),
    Topic(
        "Results of the benchmark", "Method",
        (("Accuracy", _spread(60, 95, 1)), ("F<sub>1</sub>", _spread(0.5, 0.96, 2)),
         ("Latency (ms)", _decimal(2, 400, 1)), ("Memory (MB)", _decimal(20, 9000, 0)),
         ("Params (m)", _decimal(1, 700, 1))),
        (("Quality", 2), ("Cost", 3)), ("Mean and standard deviation of five runs.",),
    ),
    Topic(
        "Income statement", "Segment",
        (("2021", _brackets), ("2022", _brackets), ("2023", _brackets),
         ("Change", _decimal(-30, 60, 1, "%"))),
        (("Year", 3), ("Trend", 1)), ("In millions; losses in brackets.",),
    ),
    Topic(
        "Prices and wages", "Country",
        (("Rent", _money("€")), ("Wage", _money("$")), ("Tax", _decimal(8, 52, 1, "%")),
         ("Index", _decimal(40, 160, 1))),
        (), ("Rents and wages are those of a year.",),
    ),
    Topic(
        "Reaction rates", "Sample",
        (("<i>T</i> (°C)", _decimal(-40, 400, 0)), ("<i>k</i> (s<sup>−1</sup>)", _power),
         ("<i>E</i><sub>a</sub> (kJ)", _spread(20, 120, 1)), ("pH", _decimal(2, 12, 2))),
        (("Conditions", 1), ("Kinetics", 2), ("", 1)), ("Measured in triplicate.",),
    ),
    Topic(
        "Weather of the month", "Station",
        (("min. (°C)", _decimal(-18, 12, 1)), ("max. (°C)", _decimal(5, 38, 1)),
         ("Rain (mm)", _decimal(0, 240, 1)), ("Days", _decimal(0, 31, 0)),
         ("Wind (km/h)", _decimal(3, 60, 1)), ("Sun (h)", _decimal(20, 340, 0))),
        (("Temperature", 2), ("Rain", 2), ("Other", 2)), (),
    ),
    Topic(
        "各国人口与面积", "国家",
        (("人口 (万)", _decimal(40, 90_000, 0)), ("面积 (km²)", _decimal(300, 2e6, 0)),
         ("增长率", _decimal(-0.9, 3.4, 2, "%")), ("人均收入", _money("¥"))),
        (("规模", 2), ("变化", 2)), ("注：数据为年中估计值。", "资料来源：国家统计局。"), "zh",
    ),
    Topic(
        "国別の統計", "国",
        (("人口 (万)", _decimal(40, 90_000, 0)), ("面積 (km²)", _decimal(300, 2e6, 0)),
         ("都市人口", _decimal(18, 97, 1, "%")), ("気温 (°C)", _decimal(-10, 30, 1))),
        (("規模", 2), ("その他", 2)), ("注：推計値を含む。",), "ja",
    ),
    Topic(
        "국가별 통계", "국가",
        (("인구", _decimal(400, 90_000, 0)), ("면적 (km²)", _decimal(300, 2e6, 0)),
         ("성장률", _decimal(-0.9, 3.4, 2, "%")), ("기온 (°C)", _decimal(-10, 30, 1))),
        (), ("주: 추정치 포함.",), "ko",
    ),
    Topic(
        "Bevölkerung und Fläche", "Land",
        (("Einwohner (m)", _decimal(0.4, 300, 1)), ("Fläche (km²)", _decimal(300, 2e6, 0)),
         ("Städter", _decimal(18, 97, 1, "%")), ("Höchster Punkt (m)", _decimal(80, 8800, 0))),
        (("Größe", 2), ("Übriges", 2)), ("Alle Angaben sind Schätzungen.",), "de",
    ),
)  # fmt: skip


def generated(names: Mapping[str, Sequence[str]], rng: random.Random, name: str) -> Sheet:
    """A sheet of a topic drawn by lot.

    Args:
        names: of rows, by language.
        rng: draws.
        name: of the sheet.
    """
    topics = [topic for topic in TOPICS if not topic.names or topic.names in names]
    topic = rng.choice(topics)
    latin = [key for key in names if key not in ("zh", "ja", "ko")]
    words = names[topic.names or rng.choice(latin)]
    labels = rng.sample(list(words), rng.randint(4, min(12, len(words))))
    start = 0
    wide = len(topic.columns)
    if rng.random() < 0.5:
        wide = rng.randint(min(3, wide), wide)
    columns = topic.columns[start : start + wide]
    right = rng.random() < 0.6
    heads = _heads(topic, columns, rng, right)
    body = _body(labels, columns, rng, right)
    caption = topic.title if rng.random() < 0.5 else ""
    foot = _note(topic, body, rng)
    if rng.random() < 0.2:
        heads, body = _stubs(heads, body, rng)
    sheet = Sheet(name, keyed([*heads, *body]), len(heads), caption, foot)
    return dressed(sheet, rng)


def _heads(
    topic: Topic, columns: Sequence[tuple[str, Number]], rng: random.Random, right: bool
) -> list[list[Cell]]:
    lower = [Cell(text, style=RIGHT if right else "") for text, _ in columns]
    label = Cell(topic.label)
    if not topic.groups or rng.random() < 0.3:
        return [[label, *lower]]
    upper, left = [], len(columns)
    for text, wide in topic.groups:
        if left > 0:
            upper.append(Cell(text, colspan=min(wide, left), style="text-align:center"))
            left -= wide
    if rng.random() < 0.6:
        return [[replace(label, rowspan=2), *upper], lower]
    return [[Cell(""), *upper], [label, *lower]]


def _body(
    labels: Sequence[str], columns: Sequence[tuple[str, Number]], rng: random.Random, right: bool
) -> list[list[Cell]]:
    best = rng.random() < 0.25
    missing = rng.choice(("–", "", "n/a"))
    rows = []
    for label in labels:
        row = [Cell(escape(label, quote=False))]
        for _, number in columns:
            text = number(rng) if rng.random() < 0.97 else missing
            row.append(Cell(text, style=RIGHT if right else ""))
        rows.append(row)
    if best:
        chosen = rng.choice(rows)
        chosen[:] = [replace(c, text=f"<b>{c.text}</b>" if c.text else "") for c in chosen]
    return rows


def _note(topic: Topic, body: list[list[Cell]], rng: random.Random) -> str:
    """A note below the table, with its mark in a cell now and then."""
    if not topic.notes or rng.random() < 0.4:
        return ""
    note = rng.choice(topic.notes)
    if rng.random() < 0.4 and not note.startswith("*"):
        row = rng.choice(body)
        row[0] = replace(row[0], text=f"{row[0].text}<sup>a</sup>")
        return f"<sup>a</sup> {note}"
    return note


def _stubs(
    heads: list[list[Cell]], body: list[list[Cell]], rng: random.Random
) -> tuple[list[list[Cell]], list[list[Cell]]]:
    """A column of joined cells before the others."""
    parts, rows = [], list(body)
    while rows:
        size = min(len(rows), rng.randint(2, 4))
        parts.append(rows[:size])
        rows = rows[size:]
    made: list[list[Cell]] = []
    for letter, part in zip("ABCDEFG", parts, strict=False):
        made.append([Cell(f"Group {letter}", rowspan=len(part)), *part[0]])
        made += part[1:]
    group = Cell("Group", rowspan=len(heads))
    return [[group, *heads[0]], *heads[1:]], made
