"""What several tests of renderers share."""

from __future__ import annotations

import lxml.html
import pytest


@pytest.fixture(scope="session")
def grid():
    """A function from a fragment to its first table's texts, spanned places repeated.

    It is written with lxml and the HTML standard's rule for spans, not with our own code.
    """

    def read(fragment: str, number: int = 0) -> list[list[str]]:
        table = lxml.html.fragment_fromstring(fragment, create_parent="div").findall(".//table")
        places: dict[tuple[int, int], str] = {}
        rows = table[number].findall(".//tr")
        for y, row in enumerate(rows):
            x = 0
            for cell in row:
                while (y, x) in places:
                    x += 1
                text = " ".join(cell.text_content().split())
                for down in range(int(cell.get("rowspan", "1"))):
                    for across in range(int(cell.get("colspan", "1"))):
                        places[y + down, x + across] = text
                x += int(cell.get("colspan", "1"))
        width = 1 + max(x for _, x in places)
        return [[places.get((y, x), "") for x in range(width)] for y in range(len(rows))]

    return read
