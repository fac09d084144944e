"""TEDS and GriTS against slow versions of their definitions, on small tables at random."""

import functools
import itertools
import random

import pytest

from visual_erm.bench import table_metrics as metrics

TEXTS = ("", "a", "ab", "abc", "b", "12", "13")


def table(rng):
    """Rows of cells (rowspan, colspan, text), how many of them are heads, and the HTML."""
    width, height = rng.randint(1, 3), rng.randint(1, 3)
    heads = rng.randint(0, 1) if height > 1 else 0
    rows = [[(1, 1, rng.choice(TEXTS)) for _ in range(width)] for _ in range(height)]
    if width > 1 and rng.random() < 0.4:
        rows[0][:2] = [(1, 2, rows[0][0][2])]
    elif height > heads + 1 and rng.random() < 0.4:
        rows[heads][0] = (2, 1, rows[heads][0][2])
        del rows[heads + 1][0]
    if not all(rows):
        return table(rng)
    html = ["<table>"]
    for tag, part in (("thead", rows[:heads]), ("tbody", rows[heads:])):
        if part:
            lines = (
                "".join(f'<td rowspan="{r}" colspan="{c}">{text}</td>' for r, c, text in row)
                for row in part
            )
            html += [f"<{tag}>", *(f"<tr>{line}</tr>" for line in lines), f"</{tag}>"]
    return rows, heads, "".join([*html, "</table>"])


def tree(rows, heads, *, texts):
    """Nested (label, children); a cell's label has its text."""

    def part(tag, lines):
        row = [
            (("tr",), tuple((("td", r, c, text if texts else ""), ()) for r, c, text in line))
            for line in lines
        ]
        return [((tag,), tuple(row))] if lines else []

    return (("table",), (*part("thead", rows[:heads]), *part("tbody", rows[heads:])))


def letters(one, other):
    """Levenshtein's distance by its recursion."""
    if not one or not other:
        return len(one) + len(other)
    kept = letters(one[1:], other[1:]) + (one[0] != other[0])
    return min(kept, 1 + letters(one[1:], other), 1 + letters(one, other[1:]))


def renaming(one, other):
    if one[:3] != other[:3]:
        return 1.0
    text, another = one[-1], other[-1]
    if one[0] != "td" or text == another:
        return 0.0
    return letters(text, another) / max(len(text), len(another))


@functools.cache
def distance(ones, others):
    """Of two ordered forests, by the definition: the last root goes, comes, or is renamed."""
    if not ones or not others:
        return sum(map(size, ones + others))
    (label, children), (other_label, other_children) = ones[-1], others[-1]
    return min(
        distance(ones[:-1] + children, others) + 1,
        distance(ones, others[:-1] + other_children) + 1,
        distance(ones[:-1], others[:-1])
        + distance(children, other_children)
        + renaming(label, other_label),
    )


def size(node):
    return 1 + sum(map(size, node[1]))


@pytest.mark.parametrize("seed", range(25))
def test_teds_is_the_edit_distance_of_trees(seed):
    rng = random.Random(seed)
    (*one, html), (*other, other_html) = table(rng), table(rng)
    for texts, metric in ((True, metrics.teds), (False, metrics.teds_structure)):
        trees = [tree(*made, texts=texts) for made in (one, other)]
        apart = distance((trees[0],), (trees[1],))
        expected = max(0.0, 1 - apart / max(map(size, trees)))
        assert metric(html, other_html) == pytest.approx(expected), (html, other_html)


def grid(rows):
    """For each place its cell's text, and the cell's box around that place."""
    places = {}
    for at, row in enumerate(rows):
        column = 0
        for rowspan, colspan, text in row:
            while (at, column) in places:
                column += 1
            for down, right in itertools.product(range(rowspan), range(colspan)):
                box = (-right, -down, colspan - right, rowspan - down)
                places[at + down, column + right] = (text, box)
            column += colspan
    height, width = (1 + max(place[n] for place in places) for n in (0, 1))
    return [[places.get((r, c)) for c in range(width)] for r in range(height)]


def common(one, other):
    """Length of the longest common subsequence, by its recursion."""
    if not one or not other:
        return 0
    if one[0] == other[0]:
        return 1 + common(one[1:], other[1:])
    return max(common(one[1:], other), common(one, other[1:]))


def by_text(one, other):
    longest = max(len(one[0]), len(other[0]))
    return common(one[0], other[0]) / longest if longest else 1.0


def by_box(one, other):
    (a, b, c, d), (e, f, g, h) = one[1], other[1]
    both = max(0, min(c, g) - max(a, e)) * max(0, min(d, h) - max(b, f))
    return both / ((c - a) * (d - b) + (g - e) * (h - f) - both)


def choices(n, m):
    """Every way to put some of n in order beside some of m."""
    for k in range(min(n, m) + 1):
        for pair in itertools.product(
            itertools.combinations(range(n), k), itertools.combinations(range(m), k)
        ):
            yield list(zip(*pair, strict=True))


def best_of(one, other, alike):
    """The best ways to put the lines of two grids beside each other."""

    def line(a, b):
        return max(sum(alike(a[i], b[j]) for i, j in way) for way in choices(len(a), len(b)))

    worth = {(i, j): line(a, b) for i, a in enumerate(one) for j, b in enumerate(other)}
    ways = [(sum(worth[p] for p in way), way) for way in choices(len(one), len(other))]
    most = max(value for value, _ in ways)
    return [way for value, way in ways if value > most - 1e-9]


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize(
    ("metric", "alike"), [(metrics.grits_content, by_text), (metrics.grits_topology, by_box)]
)
def test_grits_is_what_the_best_rows_and_columns_have_in_common(metric, alike, seed):
    rng = random.Random(seed)
    (*one, html), (*other, other_html) = table(rng), table(rng)
    a, b = grid(one[0]), grid(other[0])
    cells = len(a) * len(a[0]) + len(b) * len(b[0])

    def score(rows, columns):
        return 2 * sum(alike(a[i][k], b[j][n]) for i, j in rows for k, n in columns) / cells

    turned = (list(zip(*lines, strict=True)) for lines in (a, b))
    rows, columns = best_of(a, b, alike), best_of(*turned, alike)
    value = metric(html, other_html)
    # several ways may be best by themselves and not together; any of them is the factored form
    assert any(value == pytest.approx(score(r, c)) for r in rows for c in columns)
    ways = itertools.product(choices(len(a), len(b)), choices(len(a[0]), len(b[0])))
    assert value <= max(score(*way) for way in ways) + 1e-9
