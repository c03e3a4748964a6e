"""Who listens at an engine's socket, told by the kernel."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from multi_instance_manager.engine.endpoint.listener import listens_here

LISTEN = """
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print("listens", flush=True)
sys.stdin.read()
"""


@contextmanager
def listening(path: Path, name: str, *within: str) -> Iterator[str]:
    """A process of that name behind a socket; gives the address."""
    program = path.with_name(name)
    if not program.exists():
        shutil.copy(Path(sys.executable).resolve(), program)
    named: list[str | Path] = [*within, program, "-S", "-c", LISTEN, path]
    paths = {"PYTHONHOME": sys.base_prefix, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    process = subprocess.Popen(
        named, env=paths, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"listens\n", process.communicate()
        yield f"unix://{path}"
        process.communicate()


def test_an_engine_among_the_processes_of_this_machine_listens_here(tmp_path: Path) -> None:
    with listening(tmp_path / "engine.sock", "dockerd") as url:
        assert listens_here(url)


def test_a_tunnel_is_no_engine(tmp_path: Path) -> None:
    with listening(tmp_path / "engine.sock", "ssh") as url:
        assert not listens_here(url)


@pytest.mark.parametrize("url", ["unix:///nowhere", "unix://x\0", "tcp://127.0.0.1:1", "ssh://h"])
def test_where_nothing_tells_nobody_is_said_to_listen(url: str) -> None:
    assert not listens_here(url)


def test_a_socket_that_nobody_listens_at_any_more_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as forgotten:
        forgotten.bind(str(path))

        assert not listens_here(f"unix://{path}")
