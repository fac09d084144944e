from importlib.util import find_spec

import pytest

from visual_erm import processors
from visual_erm.renderers.devtools import find_browser

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
)


def pytest_configure():
    """Examples may take their time, which says what else the machine does."""
    if find_spec("hypothesis"):  # the trainers' environments have none
        from hypothesis import HealthCheck, settings

        slow = [HealthCheck.too_slow]
        settings.register_profile("any", deadline=None, suppress_health_check=slow)
        settings.load_profile("any")


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
