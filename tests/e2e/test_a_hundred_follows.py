"""A hundred logs followed at once: nothing leaks, nothing grows, no line is lost."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.obligations import eventually
from e2e.paper_engine import PaperEngine, paper_engine
from e2e.project import COMMAND, Project
from e2e.streaming import streaming

COUNT = 100
ROUNDS = 15


@pytest.fixture
def socket() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        yield Path(folder) / "engine.sock"


@pytest.fixture
def engine(socket: Path) -> Iterator[PaperEngine]:
    with paper_engine(socket) as running:
        yield running


def test_a_hundred_logs_are_followed_through_many_restarts_without_a_leak(
    project: Project, engine: PaperEngine, socket: Path
) -> None:
    engine.add(project, COUNT)
    with streaming(project, "logs", "-f", "--host", f"unix://{socket}") as following:
        settled: list[tuple[int, int, int]] = []
        for number in range(ROUNDS):
            said = f"round {number}."
            engine.say(said)
            following.until(lambda said=said: following.out.count(said) == COUNT)  # type: ignore[misc]
            following.until(lambda: engine.streams == COUNT + 1)
            settled.append((following.descriptors(), following.threads(), following.memory_kb()))
            engine.restart_all()

        assert following.interrupt() == 130
        times = Counter(following.lines)
        assert len(times) == COUNT * ROUNDS
        assert set(times.values()) == {1}, "no line is shown twice"
        descriptors, threads, _ = (set(numbers) for numbers in zip(*settled, strict=True))
        assert len(descriptors) == 1, settled
        assert max(descriptors) < COUNT + 20, "one for each stream"
        assert threads == {1}, settled
        assert settled[-1][2] < settled[4][2] + 8 * 1024, "kilobytes after the fifth round"
        assert following.err == ""


def test_a_reader_that_pauses_holds_the_engine_back_instead_of_filling_the_memory(
    project: Project, engine: PaperEngine, socket: Path
) -> None:
    engine.add(project, COUNT)
    engine.floods = True
    words: list[str | Path] = [COMMAND, "logs", "--follow", "--host", f"unix://{socket}"]
    with subprocess.Popen(
        words, cwd=project.root, env=project.environment, stdout=subprocess.PIPE
    ) as process:
        try:
            eventually(lambda: engine.sent > COUNT * 20_000)
            eventually(lambda: _rests(engine))
            status = Path(f"/proc/{process.pid}/status").read_text()
            resident_kb = int(status.split("VmRSS:")[1].split()[0])
        finally:
            process.kill()

    assert resident_kb < 200 * 1024


def _rests(engine: PaperEngine) -> bool:
    """Whether nothing more was taken for a while."""
    before = engine.sent
    time.sleep(1)
    return engine.sent == before
