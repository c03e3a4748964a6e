"""An engine in memory: honest about names, states and ports, and able to fail at any call.

Its containers keep the application's side of the contract as far as a replacement looks at it:
they listen on their host ports for real, ask for the key of their key file, and save their session
when they are stopped. With ``supervised`` their first process is a supervisor: the main process
saves when it is asked to end, is started again at once, and a stop saves nothing.
"""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from typing import Any, TypeVar, cast

from multi_instance_manager.application.process_table import Process
from multi_instance_manager.engine.protocol.engine import (
    ContainerFile,
    ContainerStatus,
    EngineHost,
    EngineInfo,
    FolderContent,
    Image,
    Usage,
)
from multi_instance_manager.engine.protocol.exec import Command, OutputStream, Piece, Running
from multi_instance_manager.errors import Conflict, EngineError, EngineUnreachable, NotFound
from multi_instance_manager.fleet.containers import ContainerState, ObservedContainer, PublishedPort
from unit.builders import ACTIVE, KEY_FILE

BROKEN = "broken:1"
MAIN = "launch_camoufox.py"
Call = TypeVar("Call", bound=Callable[..., Any])


class Killed(BaseException):
    """The manager's process ends here: no handler of errors sees it."""


@dataclass
class Fault:
    """What goes wrong at the call of that number, counted from 1, or at every one of that name.

    ``error`` is raised instead of the call; with ``after`` the call has had its effect. With
    ``lasting`` every later call fails, too.
    """

    number: int = 0
    call: str = ""
    error: BaseException = field(default_factory=lambda: EngineError("engine: answered 500"))
    after: bool = False
    lasting: bool = False
    at: str = ""

    @property
    def reached(self) -> bool:
        return bool(self.at)

    def hits(self, number: int, call: str) -> bool:
        if self.call:
            return call == self.call
        return number == self.number or (self.lasting and 0 < self.number < number)


class Told:
    """A command in a container that writes a few lines and ends."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def fileno(self) -> int:
        raise AssertionError("all that it writes is there at once")

    def receive(self) -> tuple[Piece, ...] | None:
        said, self._said = self._said, b""
        return (Piece(OutputStream.OUTPUT, said),) if said else None

    def send(self, content: bytes) -> int:
        del content
        raise AssertionError("it reads nothing")

    def end_input(self) -> None:
        """It reads nothing."""

    def resize(self, columns: int, rows: int) -> None:
        """It has no terminal."""

    def exit_code(self) -> int:
        return 0

    def close(self) -> None:
        """Nothing is held."""


class _Api(BaseHTTPRequestHandler):
    key_file: Path

    def do_GET(self) -> None:
        wanted = f"Bearer {self.key_file.read_text().strip()}"
        refused = self.path.startswith("/v1") and self.headers.get("Authorization") != wanted
        body = b'{"status":"OK"}'
        self.send_response(401 if refused else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(socketserver.ThreadingTCPServer):
    """Serves in a thread that sleeps until it is asked something, or ended."""

    allow_reuse_address = True
    daemon_threads = True
    is_over = False

    def begin(self) -> None:
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def _serve(self) -> None:
        while not self.is_over:
            self.handle_request()

    def end(self) -> None:
        self.is_over = True
        self.socket.shutdown(socket.SHUT_RDWR)
        self._serving.join()
        self.server_close()


@dataclass
class Container:
    """One container and, while it runs, its listeners."""

    container_id: str
    name: str
    payload: Mapping[str, Any]
    image: Image
    state: ContainerState = ContainerState.CREATED
    exit_code: int = 0
    listeners: list[_Server] = field(default_factory=list)

    @property
    def ports(self) -> dict[str, int]:
        bindings = self.payload["HostConfig"]["PortBindings"]
        return {inner: int(outer[0]["HostPort"]) for inner, outer in bindings.items()}

    @property
    def mounts(self) -> dict[str, str]:
        return {m["Target"]: m["Source"] for m in self.payload["HostConfig"]["Mounts"]}

    def source_of(self, target: str) -> Path:
        return Path(self.mounts[target])

    def listen(self) -> None:
        handler = type("Api", (_Api,), {"key_file": self.source_of(KEY_FILE)})
        try:
            for port in self.ports.values():
                server = _Server(("127.0.0.1", port), handler)
                server.begin()
                self.listeners.append(server)
        except OSError as problem:
            self.hang_up()
            raise EngineError("starting: port is already allocated", status=500) from problem

    def hang_up(self) -> None:
        for server in self.listeners:
            server.end()
        self.listeners.clear()


def _login_in(profile: Path) -> list[Any]:
    """The cookies that carry a login, where there are any."""
    try:
        cookies = json.loads(profile.read_bytes())["cookies"]
        return [cookie for cookie in cookies if cookie.get("name") == "SID"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _counted(call: Call) -> Call:
    """A call of the protocol, at which a fault may be injected."""

    @wraps(call)
    def faulty(self: MemoryEngine, *arguments: Any, **named: Any) -> Any:
        with self.lock:
            self.calls.append(call.__name__)
            fault, number = self.fault, len(self.calls)
            hit = fault.hits(number, call.__name__)
            if hit and not fault.at:
                fault.at = call.__name__
            if hit and not fault.after:
                raise fault.error
            result = call(self, *arguments, **named)
            if hit:
                raise fault.error
            return result

    return cast("Call", faulty)


class MemoryEngine:
    """The engine protocol over a dictionary."""

    def __init__(self) -> None:
        self.images = {"ai-studio-proxy:latest": "sha256:first", BROKEN: "sha256:broken"}
        self.containers: dict[str, Container] = {}
        self.calls: list[str] = []
        self.fault = Fault()
        self.lock = threading.RLock()
        self.saved: dict[str, bytes] = {}
        self.supervised = False
        self.url = "unix:///memory.sock"
        self.told_of_itself = "this"
        self.networks = {"id-of-bridge": "bridge"}
        self._sessions = count()
        self._numbers = count()

    def healthy(self) -> None:
        """Count anew, without a fault."""
        self.fault, self.calls = Fault(), []

    def failing(self, fault: Fault) -> Fault:
        """Count anew, with that fault."""
        self.healthy()
        self.fault = fault
        return fault

    def named(self, name: str) -> Container | None:
        return next((c for c in self.containers.values() if c.name == name), None)

    def close(self) -> None:
        for container in self.containers.values():
            container.hang_up()

    def _found(self, reference: str) -> Container:
        found = self.containers.get(reference) or self.named(reference)
        if found is None:
            raise NotFound(f"container {reference}: is not known", status=404)
        return found

    @_counted
    def describe(self) -> EngineInfo:
        return EngineInfo("memory", "1.45", self.url)

    @_counted
    def host(self) -> EngineHost:
        return EngineHost(engine=self.told_of_itself)

    @_counted
    def list_containers(self) -> tuple[ObservedContainer, ...]:
        return tuple(
            ObservedContainer(
                container.container_id,
                container.name,
                container.image.name,
                container.image.image_id,
                container.state,
                container.payload["Labels"],
                tuple(
                    PublishedPort("127.0.0.1", port)
                    for port in (container.ports.values() if container.listeners else ())
                ),
                container.mounts,
            )
            for container in self.containers.values()
        )

    def list_networks(self) -> Mapping[str, str]:
        return self.networks

    @_counted
    def find_image(self, name: str) -> Image | None:
        return Image(name, self.images[name]) if name in self.images else None

    @_counted
    def environment_names(self, reference: str) -> frozenset[str]:
        env = self._found(reference).payload["Env"]
        return frozenset(entry.partition("=")[0] for entry in env)

    @_counted
    def status(self, reference: str) -> ContainerStatus:
        container = self._found(reference)
        return ContainerStatus(container.state, container.exit_code, False, 0)

    @_counted
    def usage(self, reference: str) -> Usage:
        self._found(reference)
        return Usage(0.0, 0, 0, 1, 0, None, 0, 0, 0, 0, 0)

    @_counted
    def logs(self, reference: str, *, lines: int) -> tuple[str, ...]:
        return (f"the last of {lines} lines of {self._found(reference).name}",)

    @_counted
    def dated_log(self, reference: str, *, lines: int) -> bytes:
        del lines
        self._found(reference)
        return b""

    @_counted
    def processes(self, reference: str) -> tuple[Process, ...]:
        raise EngineError(f"container {self._found(reference).name}: has no ps")

    @_counted
    def out_of_memory_moments(self, since: float) -> Mapping[str, float]:
        del since
        return {}

    @_counted
    def read_directory(self, reference: str, path: str) -> FolderContent:
        folder = self._found(reference).source_of(path)
        return FolderContent(
            {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
        )

    def holds(self, reference: str, path: str) -> bool:
        del path
        self._found(reference)
        return False

    @_counted
    def read_live_file(self, reference: str, path: str) -> ContainerFile | None:
        folder, _, name = path.rpartition("/")
        file = self._found(reference).source_of(folder) / name
        if not file.is_file():
            return None
        return ContainerFile(file.read_bytes(), file.stat().st_mtime)

    @_counted
    def create(self, name: str, payload: Mapping[str, Any]) -> str:
        if self.named(name):
            raise Conflict(f"container {name}: the name is in use", status=409)
        container_id = f"id-{next(self._numbers)}-{name}"
        image = Image(payload["Image"], self.images[payload["Image"]])
        self.containers[container_id] = Container(container_id, name, payload, image)
        return container_id

    @_counted
    def start(self, reference: str) -> None:
        container = self._found(reference)
        if container.state is ContainerState.PAUSED:
            raise Conflict(f"container {container.name}: is paused", status=409)
        if container.state is ContainerState.RUNNING:
            return
        if container.image.name == BROKEN:
            container.state, container.exit_code = ContainerState.EXITED, 1
            return
        container.listen()
        container.state = ContainerState.RUNNING

    @_counted
    def stop(self, reference: str, *, timeout_s: float) -> None:
        assert timeout_s > 0, "the application must have time to save its session"
        container = self._found(reference)
        if container.state is not ContainerState.RUNNING:
            return
        container.hang_up()
        container.state = ContainerState.EXITED
        if not self.supervised:
            self._save_session(container)

    @_counted
    def begin(self, reference: str, command: Command) -> Running:
        """The manager runs nothing in a container but what asks its main process to end."""
        container = self._found(reference)
        if container.state is not ContainerState.RUNNING:
            raise Conflict(f"container {container.name}: is not running", status=409)
        assert f"MAIN_HAS={MAIN}" in command.environment
        if not self.supervised:
            return Told(b"first\n")
        self._save_session(container)
        return Told(b"asked\nended\n")

    def _save_session(self, container: Container) -> None:
        """The application's shutdown save: a session that continues the one it had before."""
        value = f"refreshed {next(self._sessions)}"
        for profile in container.source_of(ACTIVE).glob("*.json"):
            cookies = [*_login_in(profile), {"value": value}]
            session = json.dumps({"cookies": cookies}).encode()
            profile.write_bytes(session)
            self.saved[container.container_id] = session

    @_counted
    def unpause(self, reference: str) -> None:
        self._found(reference).state = ContainerState.RUNNING

    @_counted
    def rename(self, reference: str, name: str) -> None:
        container = self._found(reference)
        holder = self.named(name)
        if holder is not None:
            raise Conflict(f"container {name}: the name is in use", status=409)
        container.name = name

    @_counted
    def remove(self, reference: str) -> None:
        container = self.containers.get(reference) or self.named(reference)
        if container is None:
            return
        if container.state in {ContainerState.RUNNING, ContainerState.PAUSED}:
            raise Conflict(f"container {container.name}: is running", status=409)
        del self.containers[container.container_id]


def free_port() -> int:
    """A port of this host that nobody holds at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unreachable() -> EngineUnreachable:
    return EngineUnreachable("engine: the connection to the engine broke")
