"""A reference for all."""

import pytest
from refining import square


@pytest.fixture
def reference():
    return square()
