"""What holds for every unit test: they look at results, and leave waiting to the real disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from multi_instance_manager.execute import replace, retry
from multi_instance_manager.probe import readiness
from multi_instance_manager.sessions import session_files
from unit.reference_program import Launch, Pool, launching
from unit.world import Builder, World

settings.register_profile("unit", deadline=None, database=None)
settings.load_profile("unit")


@pytest.fixture(autouse=True)
def _without_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a loss of power tells whether a file was synchronized, and no test has one."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def supervised() -> bool:
    """Whether an instance's first process is a supervisor; a module may say so for its tests."""
    return False


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, supervised: bool) -> Iterator[Builder]:
    """Gives world after world; each is closed when the next is asked for."""
    monkeypatch.setattr(readiness, "_FIRST_PAUSE_S", 0.005)
    monkeypatch.setattr(readiness, "_LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(session_files, "_READ_PAUSE_S", 0.0)
    monkeypatch.setattr(retry, "_PAUSE_S", 0.0)
    monkeypatch.setattr(replace, "_PATIENCE_FOR_ROLLBACK_S", 0.05)
    monkeypatch.setattr(replace, "_PATIENCE_FOR_REMOVAL_S", 0.05)
    numbers = count(1)
    with ExitStack() as stack:

        def build(*names: str) -> World:
            stack.close()
            world = World(tmp_path / f"world-{next(numbers)}", monkeypatch, names or ("user-a",))
            world.engine.supervised = supervised
            stack.callback(world.engine.close)
            return world

        yield build


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    """A folder ``auth_profiles/`` for the reference instance's program."""
    root = tmp_path / "app" / "auth_profiles"
    (root / "active").mkdir(parents=True)
    return Pool(root)


@pytest.fixture
def launch(pool: Pool) -> Iterator[Launch]:
    """Starts the reference instance's program, and returns once it serves."""
    with launching(pool) as launch:
        yield launch
