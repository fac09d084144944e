import pytest

from visual_erm import processors
from visual_erm.renderers.devtools import find_browser

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
)


@pytest.fixture(autouse=True)
def _whole_machine():
    """An engine with a number of workers limits its process, which here runs the next test too."""
    yield
    processors.limit(None)


@pytest.fixture(scope="module")
def browser():
    """Chromium, driven by Playwright, whose event loop must not outlast the module."""
    playwright = pytest.importorskip("playwright.sync_api")
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()
