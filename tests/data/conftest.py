"""A small corpus of our own: the packaged drawings, and some with what they lack."""

import pytest

from visual_erm import examples
from visual_erm.data.charts import drawn as chart_drawn
from visual_erm.data.charts import pairs as chart_pairs
from visual_erm.data.make import _draw
from visual_erm.data.records import Seed
from visual_erm.renderers import close_all

ICONS = {
    "street": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 80"><g>'
    '<rect x="5" y="30" width="30" height="40" fill="#1a56db"/>'
    '<rect x="12" y="40" width="8" height="10" fill="#ffffff"/></g>'
    '<circle cx="70" cy="25" r="12" fill="#d97706"/>'
    '<path d="M50 70 C55 45 75 45 80 70 Z" fill="#047857"/>'
    '<path d="M5 75 L95 75" stroke="#222222" stroke-width="3" fill="none"/>'
    '<text x="50" y="14" font-size="10" text-anchor="middle" font-family="sans-serif" '
    'fill="#222222">Main Street 42</text></svg>',
    "target": '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">'
    '<circle cx="32" cy="32" r="28" fill="#b91c1c"/><circle cx="32" cy="32" r="16" fill="#fef3c7"/>'
    '<circle cx="32" cy="32" r="6" fill="#1d4ed8"/></svg>',
    "sunset": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60"><defs>'
    '<linearGradient id="sky" x2="0" y2="1"><stop stop-color="#1d4ed8"/>'
    '<stop offset="1" stop-color="#f97316"/></linearGradient></defs>'
    '<rect x="4" y="4" width="52" height="36" fill="url(#sky)"/>'
    '<g><rect x="8" y="44" width="12" height="10" fill="#047857" stroke="#111111"/>'
    '<rect x="24" y="44" width="12" height="10" rx="3" fill="#a16207" stroke="#111111"/></g>'
    '<path d="M40 44h16v12h-16z M44 47h8v6h-8z" fill="#6d28d9"/>'
    '<path d="M20 8H40L30 26Z" fill="none" stroke="#ffffff" stroke-width="2"/>'
    '<path d="M6 58H54" stroke="#b91c1c" stroke-width="2" stroke-dasharray="3 2"/></svg>',
}


def seed(name, source):
    return Seed(
        id=f"own/{name}", task="svg", source=source, family="own", licence="CC0-1.0",
        provenance=f"test:{name}",
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def no_process_is_left():
    """Tests of other packages count processes."""
    yield
    chart_pairs.service().close()
    chart_drawn.service().close()
    close_all()


@pytest.fixture(scope="session")
def corpus():
    found = [seed(name, source) for name, source in ICONS.items()]
    found += [seed(e.name, e.reference) for e in examples.load_all("svg")]
    return found


@pytest.fixture(scope="session")
def draw():
    return _draw
