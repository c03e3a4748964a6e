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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count what was injected: a number of the run, not of somebody's hand."""
    if not stress.injected:
        return
    extent = "every position" if stress.ALL else f"sampled with FAULTS_SEED={stress.SEED}"
    terminalreporter.section("injected faults")
    for what, number in sorted(stress.injected.items()):
        terminalreporter.write_line(f"{number:5} x {what}")
    total = stress.injected.total()
    terminalreporter.write_line(f"{total:5} faults injected ({extent})")
