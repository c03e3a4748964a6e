"""The real command against a real engine behind a proxy that breaks what it is told to break."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.conftest import project, pytest_runtest_makereport, reference_image
from e2e.project import Project
from faults import stress
from faults.bench import Bench
from faults.proxy import Faulty

__all__ = ["project", "pytest_runtest_makereport", "reference_image"]


@pytest.fixture
def engine() -> Iterator[Faulty]:
    """A proxy of the test's own. Its folder is short: the kernel takes 107 characters."""
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        Faulty(Path(folder) / "engine.sock") as proxy,
    ):
        yield proxy


@pytest.fixture
def bench(project: Project, engine: Faulty) -> Iterator[Bench]:
    """A project that reaches the engine through the proxy; nothing is broken yet."""
    made = Bench(project, engine)
    yield made
    made.heal()


@pytest.fixture(autouse=True)
def _count(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hand on what the test injected, with its report: the summary may be in another process."""
    stress.injected.clear()
    yield
    request.node.user_properties.append(("injected", dict(stress.injected)))
    request.node.user_properties.append(("seed", stress.SEED))
