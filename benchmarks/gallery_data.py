"""Stand-ins for the data sets that seaborn's examples download: same columns, made-up values.

What the examples do with the data is what is tested, not what the data say. Written as CSV into a
folder that `SEABORN_DATA` names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_ROWS = 240


def write(folder: Path) -> None:
    """Write every data set."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in _frames(np.random.default_rng(0)).items():
        frame.to_csv(folder / f"{name}.csv", index=False)


def _frames(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    n = _ROWS

    def pick(*values: Any) -> Any:
        return rng.choice(np.array(values), n)

    def number(low: float, high: float) -> Any:
        return rng.uniform(low, high, n).round(2)

    def table(**columns: Any) -> pd.DataFrame:
        return pd.DataFrame(columns)

    days = pd.date_range("1980-01-01", periods=n, freq="30D")
    months = ["January", "February", "March", "April", "May", "June", "July", "August"]
    months += ["September", "October", "November", "December"]
    x = number(4, 14)
    return {
        "tips": table(
            total_bill=number(3, 50),
            tip=number(1, 10),
            sex=pick("Male", "Female"),
            smoker=pick("Yes", "No"),
            day=pick("Thur", "Fri", "Sat", "Sun"),
            time=pick("Lunch", "Dinner"),
            size=pick(1, 2, 3, 4, 5, 6),
        ),
        "iris": table(
            sepal_length=number(4, 8),
            sepal_width=number(2, 4.5),
            petal_length=number(1, 7),
            petal_width=number(0.1, 2.5),
            species=pick("setosa", "versicolor", "virginica"),
        ),
        "penguins": table(
            species=pick("Adelie", "Chinstrap", "Gentoo"),
            island=pick("Biscoe", "Dream", "Torgersen"),
            bill_length_mm=number(32, 60),
            bill_depth_mm=number(13, 22),
            flipper_length_mm=number(170, 232),
            body_mass_g=number(2700, 6300),
            sex=pick("MALE", "FEMALE"),
        ),
        "mpg": table(
            mpg=number(9, 46),
            cylinders=pick(4, 6, 8),
            displacement=number(70, 450),
            horsepower=number(46, 230),
            weight=number(1600, 5100),
            acceleration=number(8, 25),
            model_year=pick(*range(70, 83)),
            origin=pick("usa", "japan", "europe"),
            name=pick("a"),
        ),
        "diamonds": table(
            carat=number(0.2, 5),
            cut=pick("Ideal", "Premium", "Very Good", "Good", "Fair"),
            color=pick(*"DEFGHIJ"),
            clarity=pick("IF", "VVS1", "VVS2", "VS1", "VS2", "SI1", "SI2", "I1"),
            depth=number(43, 79),
            table=number(43, 95),
            price=pick(*range(326, 18823, 97)),
            x=number(3, 10),
            y=number(3, 10),
            z=number(2, 6),
        ),
        "fmri": table(
            subject=pick(*(f"s{i}" for i in range(14))),
            timepoint=pick(*range(19)),
            event=pick("stim", "cue"),
            region=pick("parietal", "frontal"),
            signal=number(-0.3, 0.6),
        ),
        "flights": table(
            year=np.repeat(np.arange(1949, 1961), 12),
            month=months * 12,
            passengers=rng.integers(100, 600, 144),
        ),
        "titanic": table(
            survived=pick(0, 1),
            pclass=pick(1, 2, 3),
            sex=pick("male", "female"),
            age=number(1, 80),
            sibsp=pick(0, 1),
            parch=pick(0, 1),
            fare=number(5, 500),
            embarked=pick("S", "C", "Q"),
            **{"class": pick("First", "Second", "Third")},
            who=pick("man", "woman", "child"),
            adult_male=pick(True, False),
            deck=pick(*"ABCDEFG"),
            embark_town=pick("Southampton", "Cherbourg"),
            alive=pick("yes", "no"),
            alone=pick(True, False),
        ),
        "planets": table(
            method=pick("Radial Velocity", "Transit", "Imaging"),
            number=pick(1, 2, 3),
            orbital_period=number(1, 900),
            mass=number(0.1, 20),
            distance=number(5, 800),
            year=pick(*range(1989, 2015)),
        ),
        "anscombe": table(dataset=pick("I", "II", "III", "IV"), x=x, y=x / 2 + 3),
        "attention": pd.DataFrame(
            {
                "": range(60),
                "subject": np.repeat(range(1, 21), 3),
                "attention": np.repeat(["divided", "focused"], 30),
                "solutions": [1, 2, 3] * 20,
                "score": rng.uniform(2, 9, 60).round(1),
            }
        ),
        "dots": table(
            align=pick("dots", "sacc"),
            choice=pick("T1", "T2"),
            time=pick(*range(-80, 700, 40)),
            coherence=pick(0.0, 3.2, 6.4, 12.8, 25.6, 51.2),
            firing_rate=number(10, 70),
        ),
        "gammas": table(
            timepoint=number(0, 10),
            ROI=pick("IPS", "AG", "V1"),
            subject=pick(*range(20)),
            **{"BOLD signal": number(-2, 4)},
        ),
        "exercise": pd.DataFrame(
            {
                "": range(n),
                "id": pick(*range(30)),
                "diet": pick("low fat", "no fat"),
                "pulse": number(80, 150),
                "time": pick("1 min", "15 min", "30 min"),
                "kind": pick("rest", "walking", "running"),
            }
        ),
        "car_crashes": table(
            total=number(5, 24),
            speeding=number(1, 9),
            alcohol=number(1, 10),
            not_distracted=number(1, 23),
            no_previous=number(5, 21),
            ins_premium=number(640, 1300),
            ins_losses=number(80, 195),
            abbrev=[f"S{i}" for i in range(n)],
        ).head(51),
        "geyser": table(
            duration=number(1.5, 5.2), waiting=number(40, 100), kind=pick("short", "long")
        ),
        "glue": _glue(rng),
        "healthexp": table(
            Year=np.tile(np.arange(1970, 2010), 6),
            Country=np.repeat(["USA", "Japan", "France", "Canada", "Germany", "Great Britain"], 40),
            Spending_USD=number(100, 9000),
            Life_Expectancy=number(70, 84),
        ),
        "dowjones": table(Date=days, Price=number(40, 1000)),
        "seaice": table(Date=days, Extent=number(3, 16)),
        "taxis": table(
            pickup=days,
            dropoff=days,
            passengers=pick(1, 2, 3),
            distance=number(0.2, 30),
            fare=number(3, 80),
            tip=number(0, 15),
            tolls=number(0, 6),
            total=number(4, 100),
            color=pick("yellow", "green"),
            payment=pick("cash", "credit card"),
            pickup_zone=pick("a", "b"),
            dropoff_zone=pick("a", "b"),
            pickup_borough=pick("Queens", "Bronx"),
            dropoff_borough=pick("Queens", "Bronx"),
        ),
        "brain_networks": _networks(rng),
    }


def _glue(rng: np.random.Generator) -> pd.DataFrame:
    models = ["ELMo", "BERT", "T5", "ERNIE", "RoBERTa"]
    tasks = ["CoLA", "MRPC", "QNLI", "RTE", "SST-2", "STS-B"]
    rows = [(m, int(rng.integers(2018, 2022)), "Transformer", t) for m in models for t in tasks]
    frame = pd.DataFrame(rows, columns=["Model", "Year", "Encoder", "Task"])
    return frame.assign(Score=rng.uniform(50, 95, len(frame)).round(1))


def _networks(rng: np.random.Generator) -> pd.DataFrame:
    """Three header rows: network, node, hemisphere."""
    columns = [(str(n), str(k), h) for n in range(1, 18) for k in (1, 2) for h in ("lh", "rh")]
    values = rng.normal(size=(60, len(columns))).round(2)
    head = [["network", *(c[0] for c in columns)], ["node", *(c[1] for c in columns)]]
    head.append(["hemi", *(c[2] for c in columns)])
    rows = [*head, *([i, *row] for i, row in enumerate(values))]
    return pd.DataFrame(rows[1:], columns=pd.Index(rows[0]))
