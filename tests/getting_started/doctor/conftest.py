"""One world for the tests of a module: each fault is undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.getting_started.doctor.world import World, running_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("world")) as world:
        yield world
