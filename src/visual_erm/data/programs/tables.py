"""Data sets that charts are made of: what a column means, its unit, what may be added up.

    for table in tables_of("vega-datasets", folder): ...

`catalogue.json` says so for each file, in the words of its own columns, some in several languages.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from visual_erm.data.frames import records

if TYPE_CHECKING:
    import pandas as pd

Language = Literal["en", "zh", "ja", "de"]
CATEGORIES = (2, 20)
"""Least and most values of a column that groups are made by."""


class Words(BaseModel):
    """A data set in another language than English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    of: str
    columns: dict[str, str]
    values: dict[str, str] = {}
    units: dict[str, str] = {}
    measures: str = ""


class Plane(BaseModel):
    """A grid of heights: what they are, and where its first value and its steps are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    unit: str
    x_label: str
    y_label: str
    x: float
    dx: float
    y: float
    dy: float


class Entry(BaseModel):
    """What the catalogue knows of one data file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    package: str
    file: str
    about: str
    """For titles: "Seattle weather"."""
    of: str
    """What a record is, in the plural: "days"."""
    credit: str = ""
    """For a line below the chart: who collected the data."""
    time: tuple[str, Literal["year", "month", "day"]] | None = None
    kinds: dict[str, str] = {}
    """Columns to group by, and how they are called."""
    names: tuple[str, str] | None = None
    """The column that names the records or what they are about."""
    numbers: dict[str, tuple[str, str]] = {}
    """Columns that are measured: label and unit."""
    measures: str = ""
    """What all of them are, where they may stand on one axis under one name."""
    sums: tuple[str, ...] = ()
    """Those whose sum means something; means are shown of the others."""
    counted: bool = False
    """Whether the number of records says something."""
    values: dict[str, str] = {}
    """How values are written, where not as they stand."""
    without: dict[str, tuple[str, ...]] = {}
    """Values whose records are left out."""
    plain: tuple[str, ...] = ()
    """Grouping columns whose values are numbers in their order."""
    log: bool = False
    """Measured over several powers of ten."""
    records: int = 4000
    """Records that are read."""
    spans: tuple[str, str, str] | None = None
    """Columns of start and end, and what lasts."""
    field: Plane | None = None
    """A grid of heights."""
    arrows: tuple[str, str, str, str] | None = None
    """Columns of x, y, direction in degrees, and length."""
    words: dict[Language, Words] = {}


@dataclass(frozen=True, eq=False)
class Table:
    """A data set in one language, ready to be looked at."""

    entry: Entry
    frame: pd.DataFrame
    """Values as they are written; the time as timestamps, or as years."""
    language: Language = "en"
    grid: Any = None
    """Heights, `(rows, columns)`, where the data set is a field."""
    _known: dict[Any, Any] = field(default_factory=dict)
    """Aggregates and counts that were asked for before."""

    @property
    def words(self) -> Words | None:
        """In its language; None for English."""
        return self.entry.words.get(self.language)

    @property
    def about(self) -> str:
        """For titles."""
        return self.words.about if self.words else self.entry.about

    @property
    def of(self) -> str:
        """What is counted."""
        return self.words.of if self.words else self.entry.of

    @property
    def measures(self) -> str:
        """What all its numbers are."""
        return self.words.measures or self.about if self.words else self.entry.measures

    def label(self, column: str) -> str:
        """What a column is called."""
        if self.words and column in self.words.columns:
            return self.words.columns[column]
        entry = self.entry
        if column in entry.numbers:
            return entry.numbers[column][0]
        if entry.names and column == entry.names[0]:
            return entry.names[1]
        if entry.time and column == entry.time[0]:
            return {"year": "Year", "month": "Date", "day": "Date"}[entry.time[1]]
        return entry.kinds.get(column, column)

    def unit(self, column: str) -> str:
        """What a column is measured in."""
        unit = self.entry.numbers[column][1]
        return self.words.units.get(unit, unit) if self.words else unit

    @property
    def groups(self) -> list[str]:
        """Columns to group by that have neither one value nor too many."""
        counts = {c: self.distinct(c) for c in self.entry.kinds}
        return [c for c, n in counts.items() if CATEGORIES[0] <= n <= CATEGORIES[1]]

    @property
    def yearly(self) -> bool:
        """Whether its time is in years."""
        return self.entry.time is not None and self.entry.time[1] == "year"

    def distinct(self, column: str) -> int:
        """How many values a column has."""
        return int(self._once(("distinct", column), self.frame[column].nunique))

    def by(
        self, keys: Sequence[str], column: str | None, way: str, year: int | None = None
    ) -> pd.Series:
        """A statistic of a column by groups.

        Args:
            keys: columns to group by; "@year", "@month" and "@day" are steps of time.
            column: what is measured; None to count the records.
            way: "mean", "median", "max", or "sum".
            year: only the records of it.
        """

        def found() -> pd.Series:
            groups = self.of_year(year).groupby(list(keys), observed=True)
            if column is None:
                return groups.size()
            if way == "sum":  # of nothing is nothing that is known
                return groups[column].sum(min_count=1)
            return groups[column].agg(way)

        return self._once((tuple(keys), column, way, year), found)

    def of_year(self, year: int | None) -> pd.DataFrame:
        """The records of a year; all if None."""
        if year is None or self.entry.time is None:
            return self.frame
        column = self.entry.time[0]
        return self._once(("year", year), lambda: self.frame[self.frame[column] == year])

    def _once(self, key: Any, find: Callable[[], Any]) -> Any:
        if key not in self._known:
            self._known[key] = find()
        return self._known[key]

    def together(self, column: str) -> list[str]:
        """Columns measured in the same unit, this one among them."""
        numbers = self.entry.numbers
        alike = numbers[column][1]
        return [c for c in numbers if numbers[c][1] == alike] if alike else [column]


def tables_of(package: str, folder: Path) -> list[Table]:
    """The tables of a package, each in every language that is known of it."""
    return [
        table(entry, folder, language)
        for entry in catalogue()
        if entry.package == package
        for language in ("en", *entry.words)
    ]


def table(entry: Entry, folder: Path, language: Language = "en") -> Table:
    """One data set of a package."""
    return (_grid if entry.field else _frame)(entry, folder / entry.file, language)


@functools.cache
def catalogue() -> tuple[Entry, ...]:
    """Every data file that is known."""
    text = files("visual_erm.data.programs").joinpath("catalogue.json").read_text(encoding="utf-8")
    return tuple(TypeAdapter(list[Entry]).validate_json(text))


def _frame(entry: Entry, path: Path, language: Language) -> Table:
    import pandas as pd

    frame = pd.DataFrame((records(path, entry.records) or [])[: entry.records])
    for column, left_out in entry.without.items():
        frame = frame[~frame[column].isin(left_out)]
    written = dict(entry.values)
    if language != "en":
        values = entry.words[language].values
        written = {raw: values.get(text, text) for raw, text in written.items()} | values
    named = [entry.names[0]] if entry.names else []
    for column in [*entry.kinds, *named]:
        if column not in entry.plain:
            frame[column] = frame[column].map(_writer(written), na_action="ignore")
    for column in entry.numbers:
        frame[column] = pd.to_numeric(frame[column], errors="coerce")
    if entry.time:
        frame = _timed(frame, *entry.time)
    return Table(entry, frame.reset_index(drop=True), language)


def _writer(written: Mapping[str, str]) -> Callable[[Any], str]:
    def write(value: Any) -> str:
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        return written.get(text, text)

    return write


def _timed(frame: pd.DataFrame, column: str, every: str) -> pd.DataFrame:
    import pandas as pd

    times = frame[column]
    if every == "year":
        years = (times if times.dtype.kind in "if" else times.str[:4]).astype(int)
        steps = {column: years, "@year": years}
    else:
        stamps = pd.to_datetime(times, format="mixed", utc=True).dt.tz_localize(None)
        steps = {column: stamps, "@year": stamps.dt.year}
        steps |= {"@month": stamps.dt.strftime("%Y-%m"), "@day": stamps.dt.strftime("%Y-%m-%d")}
    return frame.assign(**steps).sort_values(column, kind="stable")


def _grid(entry: Entry, path: Path, language: Language) -> Table:
    import numpy as np
    import pandas as pd

    data = json.loads(path.read_text(encoding="utf-8"))
    grid = np.array(data["values"], float).reshape(data["height"], data["width"])
    return Table(entry, pd.DataFrame(), language, grid)
