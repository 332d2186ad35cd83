"""The model is walked beside the real road: the same walks in every run. `./run fault model` takes
others, and as many as wanted."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.road.machine import Road

pytestmark = pytest.mark.timeout(900)

TestRoad = Road.TestCase
TestRoad.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, derandomize=True, database=None
)
