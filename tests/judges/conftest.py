"""What tests of judges share."""

import pytest

from visual_erm.judges.ocr import Reader


@pytest.fixture(scope="session")
def reader() -> Reader:
    """One reader of texts: its models take a while to load."""
    return Reader()
