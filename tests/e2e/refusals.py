"""What every refusal owes: exactly the problems there are, a line each, and nothing touched."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from e2e.obligations import containers, docker, inspect, must_be_refused
from e2e.project import COMMAND, IMAGE, Project, Result

_ORDINARY_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
# Process 1 of a container is deaf to a signal that it does not wait for.
_UNTIL_STOPPED = "import signal as s; s.pthread_sigmask(s.SIG_BLOCK, {15}); s.sigwait({15})"


def errors(result: Result) -> list[str]:
    """The lines that tell an error, whoever wrote them."""
    return [line for line in result.text.splitlines() if line.lower().startswith("error: ")]


def warnings(result: Result) -> list[str]:
    return [line for line in result.text.splitlines() if line.startswith("warning: ")]


def must_report(result: Result, *problems: tuple[str, ...], code: int = 3) -> None:
    """These problems and no other: one line for each, which holds all of its words."""
    must_be_refused(result, code=code)
    lines = errors(result)
    for words in problems:
        matching = [line for line in lines if all(word in line for word in words)]
        assert len(matching) == 1, f"{words} must be told once:\n{result.text}"
    assert len(lines) == len(problems), f"one message for each problem:\n{result.text}"


@contextmanager
def nothing_changes(project: Project) -> Iterator[None]:
    """No file of the project and no container of its prefix differs afterwards."""
    files, running = project.snapshot(), lives(project)
    yield
    assert project.snapshot() == files
    assert lives(project) == running


def lives(project: Project) -> dict[str, tuple[str, bool, str]]:
    """Every container of the prefix: which it is, whether it runs, and since when."""
    found = {}
    for name in containers(project):
        details = inspect(name)
        state = details["State"]
        found[name] = (details["Id"], state["Running"], state["StartedAt"])
    return found


def foreign_container(name: str, *options: str) -> str:
    """Start somebody else's container, which does nothing, and give its ID."""
    run = ("run", "-d", "--entrypoint", "/usr/bin/python3.11")
    return docker(*run, "--name", name, *options, IMAGE, "-c", _UNTIL_STOPPED)


@contextmanager
def listening(address: str, port: int) -> Iterator[None]:
    """This very process holds the port; an IPv6 address holds no IPv4 one beside it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen()
        yield


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A small file system in memory is mounted on the folder; it takes the right of root."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def up_with_ordinary_rights(project: Project, *options: str | Path, **how: Any) -> Result:
    """Run `up` as somebody for whom the modes of files hold; for root they would not."""
    return with_ordinary_rights(project, "up", *options, **how)


def with_ordinary_rights(project: Project, *words: str | Path, **how: Any) -> Result:
    """The same for any command."""
    as_root = os.geteuid() == 0
    return project.run(*(_ORDINARY_RIGHTS if as_root else ()), COMMAND, *words, **how)


def own_process() -> str:
    """How a report names this process."""
    return f"(pid {os.getpid()})"
