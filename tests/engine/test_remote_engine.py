"""An engine of another machine is recognised, and nothing that cannot work there is tried."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.obligations import must_be_refused, must_succeed
from e2e.project import COMMAND, IMAGE, Project
from engine.tunnel import Tunnel
from faults.second_engine import SecondEngine

SLEEPING = "import time; print('from afar', flush=True); time.sleep(60)"
_UNDER_ANOTHER_NAME = ("unshare", "--uts", "sh", "-c", 'hostname far-away && exec "$@"', "sh")


@dataclass
class Far:
    """The engine as it is spoken to from here."""

    engine: SecondEngine
    url: str

    def docker(self, *words: str) -> str:
        return self.engine.docker(*words)


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    """An engine whose host has another name, behind a socket that is forwarded here."""
    folder = tmp_path_factory.mktemp("far")
    with (
        SecondEngine(folder, within=_UNDER_ANOTHER_NAME) as engine,
        Tunnel(folder / "tunnel.sock", engine.socket) as tunnel,
    ):
        yield Far(engine, tunnel.url)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.add("user-a")
    return made


def test_a_launch_there_is_refused_and_nothing_is_tried(far: Far, project: Project) -> None:
    before = project.snapshot()

    result = project.up("--host", far.url)

    must_be_refused(result, f"engine at {far.url} (from --host)", "runs on another machine")
    assert "(far-away)" in result.text
    assert "`ssh far-away multi-instance up`" in result.text
    assert project.snapshot() == before
    assert far.docker("ps", "-aq") == ""


def test_a_plan_for_there_says_so_to_a_program(far: Far, project: Project) -> None:
    result = project.command("plan", "--output", "json", "--host", far.url)

    assert result.code == 3
    codes = {finding["code"]: finding["severity"] for finding in result.document["findings"]}
    assert codes["engine-elsewhere"] == "error"
    assert json.dumps(result.document).count("far-away") >= 1


def test_an_engine_of_this_machine_is_taken_by_any_way_to_it(project: Project) -> None:
    result = project.command("plan", "--output", "json")

    assert result.code == 5, result.text
    assert "engine-" not in result.out


def test_an_engine_of_this_machine_is_taken_where_the_command_knows_it_by_another_name(
    project: Project,
) -> None:
    result = project.run(*_UNDER_ANOTHER_NAME, COMMAND, "plan", "--output", "json")

    assert result.code == 5, result.text
    assert "engine-" not in result.out


@pytest.mark.parametrize(
    "words",
    [
        ("stop",),
        ("start",),
        ("restart",),
        ("down",),
        ("sync",),
        ("verify",),
        ("endpoints",),
        ("explain", "user-a"),
    ],
    ids=lambda words: words[0],
)
def test_what_needs_this_machines_folders_or_ports_is_refused(
    far: Far, project: Project, words: tuple[str, ...]
) -> None:
    before = project.snapshot()

    result = project.command(*words, "--host", far.url)

    must_be_refused(result, "runs on another machine (far-away)")
    assert project.snapshot() == before


def test_a_look_from_afar_tells_the_state_and_that_nobody_was_asked(
    far: Far, project: Project
) -> None:
    """A container there bears the labels of this pool: it is told, and its port is not tried."""
    labels = spec_labels(project)
    entry = ("--entrypoint", "/usr/bin/python3.11", IMAGE, "-c", SLEEPING)
    session = (
        "-p",
        "127.0.0.1::2048",
        "-v",
        f"{project.copy_of('user-a').parent}:/app/auth_profiles/active",
    )
    far.docker("run", "-d", "--name", project.container("user-a"), *labels, *session, *entry)

    result = project.command("status", "--host", far.url)
    logs = project.command("logs", "--host", far.url)

    assert "running, not asked" in result.out, result.text
    assert "runs on another machine (far-away)" in result.text
    assert "from afar" in must_succeed(logs).out


def spec_labels(project: Project) -> list[str]:
    """The labels that a launch from this project would give."""
    dry = project.up("--dry-run", "--output", "json").document
    lines = " ".join(dry["commands"][project.container("user-a")])
    words = shlex.split(lines.replace("\\\n", " "))
    return [
        part
        for number, word in enumerate(words)
        if word == "--label"
        for part in ("--label", words[number + 1])
    ]
