"""What holds for every unit test: they look at results, and leave waiting to the real disk."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("unit", deadline=None, database=None)
settings.load_profile("unit")


@pytest.fixture(autouse=True)
def _without_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a loss of power tells whether a file was synchronized, and no test has one."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
