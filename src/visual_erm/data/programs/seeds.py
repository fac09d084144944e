"""From a package of data sets to seeds: chart programs without end.

The n-th program of a package is the same in every build.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

from visual_erm.data.packages import Package
from visual_erm.data.programs.generator import Generator
from visual_erm.data.programs.tables import tables_of
from visual_erm.data.records import Seed
from visual_erm.errors import InputError


def of_package(package: Package, folder: Path) -> Iterator[Seed]:
    """Programs that show a package's data; as many as are asked for.

    Raises:
        InputError: the catalogue knows no data set of the package.
    """
    tables = tables_of(package.name, folder)
    if not tables:
        raise InputError(f"no data set of {package.reference} is in the catalogue of charts")
    family = package.name.removeprefix("@")
    generator = Generator(tables, dev=package.split == "dev")
    for number in itertools.count():
        program = generator.made(random.Random(f"{package.name} {number}"))
        yield Seed(
            id=f"{family}/{program.kind}-{number}",
            task="chart",
            source=program.source,
            family=family,
            licence=package.licence,
            provenance=f"{package.reference}/{program.file}#{program.kind}-{number}",
        )
