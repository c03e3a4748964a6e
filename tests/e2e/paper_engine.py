"""An engine made of paper: it lists many containers and streams what a test makes them say.

A hundred real containers take a minute to start on a small machine; what is looked at here is the
command, and how it behaves with a hundred streams that end and begin again.
"""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from e2e.project import Project
from unit.serving import serving


@dataclass
class Paper:
    """One container: its ID, its labels, its log, and how often it was started."""

    container_id: str
    name: str
    labels: dict[str, str]
    session_dir: Path
    log: list[tuple[int, bytes]] = field(default_factory=list)
    runs: int = 1


class PaperEngine:
    """What is shared by all connections."""

    def __init__(self) -> None:
        self.containers: dict[str, Paper] = {}
        self.events: list[dict[str, Any]] = []
        self.changed = threading.Condition()
        self.is_over = False
        self.streams = 0
        self.sent = 0
        self.floods = False

    def add(self, project: Project, count: int) -> None:
        for n in range(count):
            name = f"user-{n:03}"
            labels = {
                "fleet": project.prefix,
                "root": str(project.root),
                "profile": name,
                "slot": str(n),
                "api-port": "1",
                "stream-port": "2",
            }
            made = Paper(
                f"{n:064x}",
                project.container(name),
                {f"multi-instance.{key}": value for key, value in labels.items()},
                project.copy_of(name).parent,
            )
            self.containers[made.container_id] = made

    def say(self, text: str) -> None:
        """Every container writes a line."""
        with self.changed:
            for container in self.containers.values():
                container.log.append((time.time_ns(), f"{text}\n".encode()))
            self.changed.notify_all()

    def restart_all(self) -> None:
        """Every container ends, and with it every stream of its log; then it starts."""
        with self.changed:
            for container in self.containers.values():
                container.runs += 1
                actor = {"ID": container.container_id, "Attributes": container.labels}
                event = {"Action": "start", "Actor": actor, "timeNano": time.time_ns()}
                self.events.append(event)
            self.changed.notify_all()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 256
    engine: PaperEngine


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def engine(self) -> PaperEngine:
        return cast("_Server", self.server).engine

    def address_string(self) -> str:
        return "paper"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        wish = {name: values[0] for name, values in parse_qs(parts.query).items()}
        with suppress(OSError):
            if parts.path.endswith("/version"):
                self._answer({"ApiVersion": "1.41", "Version": "20.10.24"})
            elif parts.path.endswith("/containers/json"):
                self._answer([_row(c) for c in self.engine.containers.values()])
            elif parts.path.endswith("/logs"):
                found = self.engine.containers[parts.path.split("/")[-2]]
                self._stream(self._log(found, wish))
            elif parts.path.endswith("/events"):
                self._stream(self._events())

    def _answer(self, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, portions: Iterator[bytes]) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with self.engine.changed:
            self.engine.streams += 1
        try:
            for portion in portions:
                self.wfile.write(f"{len(portion):x}\r\n".encode() + portion + b"\r\n")
                self.engine.sent += len(portion)
            self.wfile.write(b"0\r\n\r\n")
        finally:
            with self.engine.changed:
                self.engine.streams -= 1

    def _log(self, container: Paper, wish: dict[str, str]) -> Iterator[bytes]:
        engine, run, read = self.engine, container.runs, 0
        seconds, _, fraction = wish.get("since", "0.0").partition(".")
        since_ns = int(seconds) * 10**9 + int(fraction)
        follows = wish.get("follow") == "1"
        while True:
            for at_ns, text in container.log[read:]:
                read += 1
                if at_ns >= since_ns:
                    yield _frame(at_ns, text)
            while engine.floods and follows:
                yield _frame(time.time_ns(), b"x" * 1000 + b"\n") * 20
            with engine.changed:
                if not follows or container.runs != run or engine.is_over:
                    return
                if len(container.log) == read:
                    engine.changed.wait(0.5)

    def _events(self) -> Iterator[bytes]:
        read = len(self.engine.events)
        while not self.engine.is_over:
            for event in self.engine.events[read:]:
                read += 1
                yield json.dumps(event).encode()
            with self.engine.changed:
                if len(self.engine.events) == read:
                    self.engine.changed.wait(0.5)


def _frame(at_ns: int, text: bytes) -> bytes:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_ns // 10**9))
    message = f"{whole}.{at_ns % 10**9:09d}Z ".encode() + text
    return b"\x01\x00\x00\x00" + len(message).to_bytes(4, "big") + message


def _row(container: Paper) -> dict[str, Any]:
    return {
        "Id": container.container_id,
        "Names": [f"/{container.name}"],
        "State": "running",
        "Labels": container.labels,
        "Mounts": [
            {
                "Type": "bind",
                "Source": str(container.session_dir),
                "Destination": "/app/auth_profiles/active",
                "RW": True,
            }
        ],
    }


@contextmanager
def paper_engine(socket: Path) -> Iterator[PaperEngine]:
    """Serve one at a socket until the block ends."""
    engine = PaperEngine()
    with serving(_Server(str(socket), _Handler)) as server:
        server.engine = engine
        try:
            yield engine
        finally:
            with engine.changed:
                engine.is_over = True
                engine.floods = False
                engine.changed.notify_all()
