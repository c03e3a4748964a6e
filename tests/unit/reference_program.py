"""The program of the reference instance, run without a container and asked from outside."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parents[2] / "reference-instance"
DEADLINE_S = 20.0
PROFILE = {"cookies": [{"name": "session", "value": "cookie-nobody-may-see"}], "origins": []}

Answer = tuple[int, dict[str, Any]]
Launch = Callable[..., "Running"]


@dataclass
class Pool:
    """The folder ``auth_profiles/`` of one test."""

    root: Path

    def add(self, name: str, text: str = json.dumps(PROFILE)) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


@dataclass(frozen=True)
class Child:
    """One process that the program started."""

    pid: int
    words: list[str]


@dataclass
class Running:
    """A started program, its two ports, and what it has said so far."""

    process: subprocess.Popen[str]
    api_port: int
    stream_port: int
    said: str

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("GET", path, headers=headers)

    def ask(
        self,
        method: str,
        path: str,
        document: object = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = DEADLINE_S,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.api_port, timeout=timeout_s)
        body = None if document is None else json.dumps(document)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def chat(self, timeout_s: float = DEADLINE_S) -> Answer:
        return self.ask("POST", "/v1/chat/completions", {"messages": []}, timeout_s=timeout_s)

    def child(self, text: str) -> Child:
        """The one process that it started whose command line has the text."""
        (found,) = [one for one in children_of(self.process) if text in " ".join(one.words)]
        return found

    def told(self, pattern: str) -> str:
        """What it has said once a line matches."""
        self.said += read_until(self.process, pattern)
        return self.said

    def whoami(self) -> dict[str, Any]:
        return self.get("/whoami")[1]

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, output


def read_until(process: subprocess.Popen[str], pattern: str) -> str:
    """What it says, up to and with a line that matches."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if re.search(pattern, line):
            return said
    raise AssertionError(f"it ended without saying {pattern!r}:\n{said}")


def until(claim: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not claim():
        assert time.monotonic() < deadline_s, f"not in time: {what}"


def command_environment(pool: Pool, variables: Mapping[str, str]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "REFERENCE_ROOT": str(pool.root),
        "REFERENCE_API_PORT": "0",
        "REFERENCE_STREAM_PORT": "0",
        "REFERENCE_DEBUG_PORT": "0",
        **variables,
    }


def begin(
    pool: Pool, variables: Mapping[str, str], *, own_group: bool = False
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-S", "-B", "launch_camoufox.py", "--headless"],
        process_group=0 if own_group else None,
        cwd=PROGRAM,
        env=command_environment(pool, variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def children_of(process: subprocess.Popen[str]) -> list[Child]:
    """What it started and still runs; a zombie has no command line any more."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            words = (entry / "cmdline").read_bytes().rstrip(b"\0").decode().split("\0")
            if int(parent) == process.pid and words != [""]:
                found.append(Child(int(entry.name), words))
    return found


def end(process: subprocess.Popen[str]) -> None:
    """End it and what it started: killed, it would leave its browser behind."""
    children = children_of(process)
    process.kill()
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)


def run_to_end(pool: Pool, **variables: str) -> tuple[int, str]:
    with begin(pool, variables) as process, contextlib.ExitStack() as stack:
        stack.callback(end, process)
        output, _ = process.communicate(timeout=DEADLINE_S)
        return process.returncode, output


@contextlib.contextmanager
def launching(pool: Pool) -> Iterator[Launch]:
    """Gives a function that starts a program; all that were started end with the context."""
    with contextlib.ExitStack() as stack:

        def start(**variables: str) -> Running:
            process = stack.enter_context(begin(pool, variables))
            stack.callback(end, process)
            said = read_until(process, r"API on port \d+")
            ports = re.findall(r"on port (\d+)", said)
            return Running(process, api_port=int(ports[-1]), stream_port=int(ports[-2]), said=said)

        yield start


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def is_ready(running: Running) -> bool:
    return running.get("/health")[0] == 200
