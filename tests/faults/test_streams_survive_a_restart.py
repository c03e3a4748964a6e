"""What streams goes on when the engine itself was stopped, and came back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.project import IMAGE, Project
from e2e.streaming import streaming
from faults.second_engine import USABLE, SecondEngine


@pytest.fixture(scope="module")
def daemon() -> Iterator[SecondEngine]:
    assert USABLE, "a second daemon needs root, dockerd and ip: run the suite where they are"
    with (
        tempfile.TemporaryDirectory(prefix="engine-", ignore_cleanup_errors=True) as folder,
        SecondEngine(Path(folder)) as running,
    ):
        yield running


def stir(daemon: SecondEngine, name: str) -> bool:
    """Let something happen; a stream that is not there yet has not seen it."""
    daemon.docker("pause", name)
    daemon.docker("unpause", name)
    return True


def test_logs_and_events_go_on_with_an_engine_that_comes_back(
    daemon: SecondEngine, project: Project
) -> None:
    names = {"fleet": project.prefix, "root": str(project.root), "profile": "user-a"}
    names |= {"slot": "0", "api-port": "1", "stream-port": "2"}
    labels = [f"--label=multi-instance.{name}={value}" for name, value in names.items()]
    script = "n=0; while :; do n=$((n+1)); echo line $(date +%s) $n; busybox sleep 0.2; done"
    name = project.container("user-a")
    session = f"{project.copy_of('user-a').parent}:/app/auth_profiles/active"
    words = ["-d", "--name", name, "--network", "none", "--entrypoint", "sh", *labels]
    words += ["-v", session]
    daemon.docker("run", *words, IMAGE, "-c", script.replace("date", "busybox date"))

    with (
        streaming(project, "logs", "-f", DOCKER_HOST=daemon.url) as logs,
        streaming(project, "events", DOCKER_HOST=daemon.url) as events,
    ):
        logs.shows("line")
        events.until(lambda: stir(daemon, name) and "paused" in events.out)
        daemon.stop()
        logs.until(lambda: "waiting for it to come back" in logs.err)
        events.until(lambda: "waiting for it to come back" in events.err)
        daemon.start()
        logs.until(lambda: "the engine is back" in logs.err)
        events.until(lambda: "the engine is back" in events.err)
        before = len(logs.lines)
        daemon.docker("start", name)
        logs.until(lambda: len(logs.lines) > before + 3)
        events.shows("started")
        daemon.docker("kill", name)
        events.shows("ended with exit code 137")
        written = daemon.docker("logs", name).splitlines()
        logs.until(lambda: len(logs.lines) >= len(written))

        assert [line.split(" | ")[1] for line in logs.lines] == written
        assert len(logs.err.splitlines()) == 2
        assert logs.interrupt() == 130
        assert events.interrupt() == 130
