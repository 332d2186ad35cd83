"""The model walked beside the real road, at random. `./run fault model --n N` walks longer."""

from __future__ import annotations

from hypothesis import settings

from tests.road.machine import Road

TestRoad = Road.TestCase
TestRoad.settings = settings(max_examples=5, stateful_step_count=30, deadline=None)
