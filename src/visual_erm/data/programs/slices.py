"""From a data set to a view: which columns, groups and years are shown, by lot.

Each function takes a table and thins it to what a person would type in; None where the table has
nothing of that kind. Values are rounded as they will stand in the program.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visual_erm.data.programs.tables import Table
from visual_erm.data.programs.titles import OTHER, YEAR, called, title, with_unit
from visual_erm.data.programs.views import (
    Arrows,
    Bars,
    Field,
    Grid,
    Numbers,
    Points,
    Samples,
    Spans,
    Trend,
    rounded,
    scaled,
    short,
)

if TYPE_CHECKING:
    import pandas as pd

MOST = 120
"""Values of a chart, about."""
ADDITIVE = ("thousand jobs", "thousand", "deaths", "GWh", "people")
"""Units of amounts that can be put on top of each other."""


@dataclass(frozen=True)
class _Measure:
    """A statistic of a column, or the number of records."""

    table: Table
    column: str | None
    way: str

    @property
    def label(self) -> str:
        if self.column is None:
            return called("count", "", self.table.of, self.table.language)
        label = self.table.label(self.column)
        return called(self.way, label, "", self.table.language) if self.way != "one" else label

    @property
    def unit(self) -> str:
        return "" if self.column is None else self.table.unit(self.column)

    def by(self, *keys: str, year: int | None = None) -> pd.Series:
        """Its values by group."""
        return self.table.by(keys, self.column, "mean" if self.way == "one" else self.way, year)


def _some_measure(
    table: Table, keys: Sequence[str], rng: random.Random, year: int | None = None
) -> _Measure:
    numbers = list(table.entry.numbers)
    many = table.by(keys, None, "sum", year).max() > 1
    if not numbers or (many and table.entry.counted and rng.random() < 0.25):
        return _Measure(table, None, "count")
    column = rng.choice(numbers)
    series = not table.entry.kinds and not table.entry.names
    if not many or (series and table.measures):
        return _Measure(table, column, "one")
    if column in table.entry.sums:
        return _Measure(table, column, "sum")
    if series:
        return _Measure(table, column, "mean")
    return _Measure(table, column, rng.choice(("mean", "mean", "mean", "mean", "median", "max")))


def _year(table: Table, rng: random.Random) -> tuple[int | None, str]:
    """One year where names come again in every year, and how a title says it."""
    names = table.entry.names
    if not table.yearly or not names or table.distinct(names[0]) == len(table.frame):
        return None, ""
    counts = table.by(["@year"], None, "sum")
    year = rng.choice(counts.index[counts >= 0.5 * counts.max()].tolist())
    return year, f", {year}"


def _cells(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    flat = rounded([value for row in rows for value in row])
    wide = len(rows[0])
    return [flat[at : at + wide] for at in range(0, len(flat), wide)]


def _shared(table: Table, **other: Any) -> dict[str, Any]:
    return {
        "language": table.language,
        "credit": table.entry.credit,
        "about": table.about,
        **other,
    }


def _step(table: Table, rng: random.Random) -> str | None:
    """In which steps time is shown: a column of the table; None without time."""
    if table.entry.time is None:
        return None
    if table.yearly:
        return "@year"
    if table.entry.time[1] == "day" and (table.distinct("@day") < 60 or rng.random() < 0.25):
        return "@day"
    return "@year" if table.distinct("@year") >= 8 and rng.random() < 0.5 else "@month"


def trend(table: Table, rng: random.Random, least: int = 1, most: int = 5) -> Trend | None:
    """Series over time, at least and at most so many.

    They are told apart by a group, by names, or by what was measured.
    """
    import pandas as pd

    step = _step(table, rng)
    entry = table.entry
    if step is None or entry.time is None or not entry.numbers:
        return None
    column = rng.choice(list(entry.numbers))
    alike = table.together(column)
    ways = ["kind"] * bool(table.groups) + ["names"] * bool(entry.names)
    ways += ["measures"] * (len(alike) > 1 and most > 1) + ["one"] * (least == 1)
    if not ways:
        return None
    way = rng.choice(ways)
    fewest = min(max(2, least), most)
    by = ""
    if way == "measures":
        chosen = rng.sample(alike, min(len(alike), rng.randint(fewest, most)))
        columns = {table.label(c): table.by([step], c, "mean") for c in chosen}
        measure = _Measure(table, column, "one")
        label = table.measures or table.about
    elif way == "one":
        measure = _some_measure(table, [step], rng)
        label = measure.label
        columns = {label: measure.by(step)}
    else:
        key = entry.names[0] if way == "names" and entry.names else rng.choice(table.groups)
        counts = table.by([key], None, "sum").sort_values(ascending=False, kind="stable")
        full = sorted(counts.index[counts >= 0.6 * counts.iloc[0]].tolist(), key=str)
        if len(full) < fewest:
            return None
        keys = rng.sample(full, min(len(full), rng.randint(fewest, most)))
        measure = _some_measure(table, [step, key], rng)
        values = measure.by(step, key)
        columns = {k: values.xs(k, level=1) for k in keys}
        by, label = table.label(key), measure.label
    unit = measure.unit
    values = pd.DataFrame(columns)
    values = _window(values.dropna(), step, rng)
    flat = values.std() < 0.05 * values.mean().abs()
    if unit == "" and flat.any():  # as many days in every month
        return None
    if len(values) < 6 or values.shape[1] < least or (values.nunique() < 3).any():
        return None
    factor, unit = scaled(values.to_numpy().ravel().tolist(), unit)
    numbers = _cells((values / factor).T.to_numpy().tolist())
    x = values.index.tolist()
    words = {"first": str(x[0])[:4], "last": str(x[-1])[:4], "about": table.about}
    if way in ("kind", "names") and values.shape[1] == 1:
        words["about"] = short(str(values.columns[0]))
    heading = title("over", table.language, rng, measure=label, **words)
    if way in ("kind", "names") and values.shape[1] == 1 and words["about"] not in heading:
        heading = f"{words['about']}: {heading}"
    if words["first"] == words["last"]:
        heading = title("about", table.language, rng, measure=label, about=table.about)
    series = {short(str(name)): row for name, row in zip(values.columns, numbers, strict=True)}
    return Trend(
        title=heading, label=with_unit(label, unit), unit=unit, x=x, series=series, by=by,
        time=YEAR[table.language] if step == "@year" else table.label(entry.time[0]),
        log=_wide(numbers),
        column="" if way == "measures" else measure.column or "",
        additive=measure.way in ("count", "sum") or measure.unit in ADDITIVE,
        **_shared(table),
    )  # fmt: skip


def _wide(rows: Sequence[Sequence[float]]) -> bool:
    """Whether values reach over several powers of ten."""
    flat = [value for row in rows for value in row]
    return min(flat) > 0 and max(flat) > 300 * min(flat)


def _window(values: pd.DataFrame, step: str, rng: random.Random) -> pd.DataFrame:
    """So many steps as can be typed in: all, every so many, or a part."""
    most = max(12, min(60, MOST // values.shape[1]))
    if step == "@month":
        most = min(most, rng.choice((12, 18, 24, 36, 48)))
    if step == "@day":
        most = min(most, rng.choice((14, 21, 31, 45)))
    if len(values) <= most:
        return values
    every = -(-len(values) // most)
    if step == "@year" and rng.random() < 0.5:
        return values.iloc[::every]
    start = rng.randrange(len(values) - most + 1)
    return values.iloc[start : start + most]


def bars(
    table: Table, rng: random.Random, most: int = 12, parts: bool = False, least: int = 3
) -> Bars | None:
    """One value for each group, name or month."""
    year, scope = _year(table, rng)
    entry = table.entry
    keys = list(table.groups) + ([entry.names[0]] if entry.names else [])
    if not keys:
        return None
    key = rng.choice(keys)
    measure = _some_measure(table, [key], rng, year)
    additive = measure.way in ("count", "sum")
    if parts and not additive:
        if not entry.counted:
            return None
        measure, additive = _Measure(table, None, "count"), True
    values = measure.by(key, year=year).dropna()
    values = values[values != 0]
    if measure.way in ("mean", "median") and key in table.groups:
        values = values[table.by([key], None, "sum", year).reindex(values.index) >= 5]
    ordered = key in entry.plain or all(str(k).isdigit() for k in values.index)
    count = min(len(values), rng.randint(min(5, most), most))
    if parts:
        values = values.sort_values(ascending=False)
        rest = values.iloc[count:].sum()
        values = values.iloc[:count]
        if rest:
            values.loc[OTHER[table.language]] = rest
    elif ordered:
        values = values.sort_index().iloc[:: max(1, -(-len(values) // most))]
    elif key == (entry.names or ("",))[0] and rng.random() < 0.5:
        values = values.loc[rng.sample(values.index.tolist(), count)]
    else:
        values = values.sort_values(ascending=False).iloc[:count]
    if len(values) < least or values.nunique() < 2:
        return None
    factor, unit = scaled(values.tolist(), measure.unit)
    numbers = rounded((values / factor).tolist())
    label = measure.label
    heading = title(
        "by", table.language, rng, measure=label, group=table.label(key), about=table.about
    )
    return Bars(
        title=heading + scope, label=with_unit(label, unit), unit=unit,
        names=[short(str(name)) for name in values.index], values=numbers,
        group=table.label(key), parts=additive and min(numbers) > 0,
        ordered=ordered, log=_wide([numbers]) or entry.log, **_shared(table),
    )  # fmt: skip


def grid(
    table: Table,
    rng: random.Random,
    rows: tuple[int, int] = (2, 8),
    columns: tuple[int, int] = (2, 5),
) -> Grid | None:
    """A value for each pair of two groups, or of a group and a time."""
    entry = table.entry
    keys = list(table.groups)
    if entry.names and table.yearly:
        keys.append(entry.names[0])
    if entry.time and len(keys) < 4:
        keys.append("@year")
    calls = {c: table.label(c) for c in keys} | {"@year": YEAR[table.language]}
    keys = [c for c in keys if table.distinct(c) > 1]
    wide = list(entry.numbers)
    if (
        len(wide) > 2
        and entry.names
        and table.measures
        and len({entry.numbers[c][1] for c in wide}) == 1
    ):
        return _measures_grid(table, rng, rows, columns)
    if len(keys) < 2:
        return None
    row, column = rng.sample(keys, 2)
    measure = _some_measure(table, [row, column], rng)
    values = measure.by(row, column).unstack()
    additive = measure.way in ("count", "sum")
    if additive:
        values = values.fillna(0)
    values = values.loc[_chosen(values.index.tolist(), rows, rng)]
    values = values[values.columns[values.notna().all()]]
    if values.shape[1] < columns[0]:
        return None
    values = values[_chosen(values.columns.tolist(), columns, rng)]
    if (
        len(values) < rows[0]
        or values.shape[1] < columns[0]
        or (values == 0).to_numpy().mean() > 0.1
    ):
        return None
    if values.notna().all().all() and values.to_numpy().std() == 0:
        return None
    factor, unit = scaled(values.to_numpy().ravel().tolist(), measure.unit)
    cells = _cells((values / factor).to_numpy().tolist())
    heading = title(
        "by", table.language, rng, measure=measure.label, about=table.about,
        group=calls[row],
    )  # fmt: skip
    return Grid(
        title=heading, label=with_unit(measure.label, unit), unit=unit,
        rows=[short(str(v)) for v in values.index], columns=[short(str(v)) for v in values.columns],
        values=cells, row_label=calls[row], column_label=calls[column],
        parts=additive, log=_wide(cells), **_shared(table),
    )  # fmt: skip


def _measures_grid(
    table: Table, rng: random.Random, rows: tuple[int, int], columns: tuple[int, int]
) -> Grid | None:
    """Names by what was measured of them."""
    entry = table.entry
    assert entry.names
    numbers = list(entry.numbers)[: columns[1]]
    frame = table.frame.dropna(subset=numbers).drop_duplicates(entry.names[0])
    frame = frame.iloc[sorted(rng.sample(range(len(frame)), min(len(frame), rows[1])))]
    cells = _cells(frame[numbers].to_numpy().tolist())
    label, unit = table.measures, table.unit(numbers[0])
    names = [short(str(name)) for name in frame[entry.names[0]]]
    return Grid(
        title=title("about", table.language, rng, about=table.about, measure=label),
        label=with_unit(label, unit), unit=unit, rows=names,
        columns=[table.label(c) for c in numbers], values=cells,
        row_label=table.label(entry.names[0]), column_label="", parts=False,
        log=entry.log or _wide(cells), **_shared(table),
    )  # fmt: skip


def _chosen(values: list[Any], limits: tuple[int, int], rng: random.Random) -> list[Any]:
    """Some of them in their order; times at equal steps."""
    count = min(len(values), rng.randint(*limits))
    if all(isinstance(v, int) for v in values):
        step = max(1, len(values) // count)
        return values[-1::-step][:count][::-1]
    return [values[i] for i in sorted(rng.sample(range(len(values)), count))]


def samples(table: Table, rng: random.Random, groups: tuple[int, int] = (2, 5)) -> Samples | None:
    """Single values of one measure, in so many groups."""
    entry = table.entry
    if not entry.numbers or table.entry.log:
        return None
    year, scope = _year(table, rng)
    frame = table.of_year(year)
    column = rng.choice(list(entry.numbers))
    frame = frame[frame[column].notna()]
    key = rng.choice(table.groups) if table.groups and groups[1] > 1 else None
    if key is None and groups[0] > 1:
        return None
    chosen: dict[str, list[float]] = {}
    if key is None:
        chosen[table.label(column)] = frame[column].tolist()
    else:
        sizes = frame.groupby(key, observed=True).size().sort_values(ascending=False)
        sizes = sizes[sizes >= 8].iloc[: rng.randint(*groups)]
        if len(sizes) < groups[0]:
            return None
        for value in sorted(
            sizes.index, key=lambda v: (len(str(v)) if key in entry.plain else 0, str(v))
        ):
            chosen[short(str(value))] = frame[column][frame[key] == value].tolist()
    each = MOST // len(chosen) if len(chosen) > 1 else rng.randint(60, MOST)
    if min(map(len, chosen.values())) < 8 or any(len(set(v)) < 6 for v in chosen.values()):
        return None
    picked = {k: rng.sample(v, min(len(v), each)) for k, v in chosen.items()}
    factor, unit = scaled([v for values in picked.values() for v in values], table.unit(column))
    label = table.label(column)
    words = {"measure": label, "group": table.label(key) if key else "", "about": table.about}
    heading = title("spread by" if key else "spread", table.language, rng, **words)
    flat = rounded([v / factor for values in picked.values() for v in values])
    at = 0
    for name, values in picked.items():
        picked[name] = flat[at : at + len(values)]
        at += len(values)
    return Samples(
        title=heading + scope, label=with_unit(label, unit), unit=unit, groups=picked,
        group=words["group"], **_shared(table),
    )  # fmt: skip


def points(table: Table, rng: random.Random, least: int = 15) -> Points | None:
    """Two measures of some records."""
    entry = table.entry
    if len(entry.numbers) < 2:
        return None
    year, scope = _year(table, rng)
    frame = table.of_year(year)
    numbers = rng.sample(list(entry.numbers), min(3, len(entry.numbers)))
    frame = frame.dropna(subset=numbers)
    key = rng.choice(table.groups) if table.groups and rng.random() < 0.7 else ""
    if key:
        top = frame[key].value_counts().index[: rng.randint(2, 5)]
        frame = frame[frame[key].isin(top)]
    count = rng.randint(least + 5, 90 if not key else 75)
    if len(frame) > count:
        frame = frame.iloc[sorted(rng.sample(range(len(frame)), count))]
    if len(frame) < least or min(frame[c].nunique() for c in numbers[:2]) < 6:
        return None
    found = []
    for column in numbers:
        factor, unit = scaled(frame[column].tolist(), table.unit(column))
        values = rounded((frame[column] / factor).tolist())
        found.append((values, table.label(column), unit))
    (x, x_name, x_unit), (y, y_name, y_unit) = found[:2]
    size, size_name, size_unit = found[2] if len(found) > 2 else ([], "", "")
    words = {"x": x_name, "y": y_name, "about": table.about}
    return Points(
        title=title("two", table.language, rng, **words) + scope, label=with_unit(y_name, y_unit),
        unit=y_unit, x=x, y=y, x_label=with_unit(x_name, x_unit), size=size,
        size_label=with_unit(size_name, size_unit),
        groups=[short(str(v)) for v in frame[key]] if key else [],
        group=table.label(key) if key else "",
        names=[short(str(v)) for v in frame[entry.names[0]]] if entry.names else [],
        log=_wide([x]), **_shared(table),
    )  # fmt: skip


def numbers(table: Table, rng: random.Random, least: int = 3) -> Numbers | None:
    """Several measures of the same records."""
    entry = table.entry
    if len(entry.numbers) < least:
        return None
    year, scope = _year(table, rng)
    frame = table.of_year(year)
    chosen = list(entry.numbers)[: rng.randint(least, 6)]
    frame = frame.dropna(subset=chosen)
    most = MOST // len(chosen)
    if len(frame) < 10:
        return None
    frame = frame.iloc[sorted(rng.sample(range(len(frame)), min(len(frame), most)))]
    return Numbers(
        title=title("about", table.language, rng, about=table.about, measure=table.about) + scope
        if table.language != "en"
        else table.about + scope,
        label="", unit="",
        columns={table.label(c): rounded(frame[c].tolist()) for c in chosen}, **_shared(table),
    )  # fmt: skip


def spans(table: Table, rng: random.Random) -> Spans | None:
    """What lasts from here to there; without such columns, the reach of a measure by group."""
    entry = table.entry
    if entry.spans:
        start, end, what = entry.spans
        frame = table.frame[table.frame[end] > table.frame[start]]
        assert entry.names
        return Spans(
            title=title("about", table.language, rng, about=table.about, measure=what),
            label=what, unit="", names=frame[entry.names[0]].astype(str).tolist(),
            starts=frame[start].tolist(), ends=frame[end].tolist(), time="Year", **_shared(table),
        )  # fmt: skip
    if not entry.numbers or not table.groups or entry.sums:
        return None
    key, column = rng.choice(table.groups), rng.choice(list(entry.numbers))
    found = table.frame.groupby(key, observed=True)[column].quantile([0.1, 0.9]).unstack()
    found = found[(found[0.9] > found[0.1])].iloc[:10]
    if len(found) < 3:
        return None
    factor, unit = scaled(found.to_numpy().ravel().tolist(), table.unit(column))
    label = table.label(column)
    heading = title(
        "by", table.language, rng, measure=label, group=table.label(key), about=table.about
    )
    return Spans(
        title=heading, label=table.label(key), unit=unit,
        names=[short(str(n)) for n in found.index], starts=rounded((found[0.1] / factor).tolist()),
        ends=rounded((found[0.9] / factor).tolist()),
        time=with_unit(label, unit), **_shared(table),
    )  # fmt: skip


def field(table: Table, rng: random.Random) -> Field | None:
    """Heights on a coarse grid."""
    known = table.entry.field
    if table.grid is None or known is None:
        return None
    height, width = table.grid.shape
    tall, wide = (height // 2, width // 2) if height > 100 else (height, width)
    top, left = rng.randrange(height - tall + 1), rng.randrange(width - wide + 1)
    down, across = tall // rng.randint(9, 12), wide // rng.randint(9, 12)
    part = table.grid[top : top + tall : down, left : left + wide : across]
    if part.std() == 0:
        return None
    rows, columns = part.shape
    x, y = known.x + known.dx * left, known.y + known.dy * top
    return Field(
        title=rng.choice((table.about, f"{known.label}: {table.about}")),
        label=with_unit(known.label, known.unit), unit=known.unit, heights=_cells(part.tolist()),
        x=(x, x + known.dx * across * (columns - 1)), y=(y, y + known.dy * down * (rows - 1)),
        x_label=known.x_label, y_label=known.y_label, **_shared(table),
    )  # fmt: skip


def arrows(table: Table, rng: random.Random) -> Arrows | None:
    """Directions and lengths at some places."""
    if table.entry.arrows is None:
        return None
    x, y, turn, length = table.entry.arrows
    frame = table.frame
    xs, ys = sorted(frame[x].unique()), sorted(frame[y].unique())
    left, low = rng.randrange(len(xs) - 12), rng.randrange(len(ys) - 10)
    part = frame[frame[x].isin(xs[left : left + 12 : 2]) & frame[y].isin(ys[low : low + 10])]
    if not 20 <= len(part) <= 70:
        return None
    angle = [math.radians(90 - value) for value in part[turn]]
    label, unit = table.label(length), table.unit(length)
    return Arrows(
        title=table.about, label=with_unit(label, unit), unit=unit, x=part[x].tolist(),
        y=part[y].tolist(),
        u=rounded([s * math.cos(a) for s, a in zip(part[length], angle, strict=True)]),
        v=rounded([s * math.sin(a) for s, a in zip(part[length], angle, strict=True)]),
        **_shared(table),
    )  # fmt: skip
