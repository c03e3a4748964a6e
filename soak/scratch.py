"""A scratch pool: profiles in a folder of their own, settings, and the real command run on them."""

from __future__ import annotations

import fcntl
import http.client
import itertools
import json
import os
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEY = "sk-of-the-soak"
COMMAND_TIMEOUT_S = 240.0
SPREAD = 40
"""Ports of the APIs, and as many for the streams."""
_FAR_FUTURE = 4102444800
# Above the lanes of the end-to-end tests, below the ports that the kernel gives to clients.
_FIRST_PORTS = range(32000, 32700, 2 * SPREAD)
_REQUESTS_PER_SAVE = 10


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended; 124 where it did not."""

    code: int
    out: str
    err: str
    took_s: float

    @property
    def text(self) -> str:
        """All that it said."""
        return self.out + self.err


@dataclass
class Settings:
    """What the next `up` is asked for."""

    image: str
    log_level: str = "INFO"
    key: str = KEY
    cpus: str = ""
    crashing: str = ""
    """The profile whose instance is to crash at its start."""


@dataclass
class Scratch:
    """The application's repository as the manager sees it, and its own prefix and ports."""

    root: Path
    prefix: str
    command: Path
    settings: Settings
    first_port: int
    _serial: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        """Make the folders; containers enter as a user whose number is nobody's here."""
        for folder in (self.saved, self.root / "auth_profiles" / "active", self.root / "docker"):
            folder.mkdir(parents=True)

    @property
    def saved(self) -> Path:
        """The pool."""
        return self.root / "auth_profiles" / "saved"

    @property
    def state(self) -> Path:
        """The manager's state folder."""
        return self.root / ".multi-instance-runtime"

    @property
    def profiles(self) -> list[str]:
        """The names of the saved profiles."""
        return sorted(path.stem for path in self.saved.glob("*.json"))

    def file_of(self, name: str) -> Path:
        """A profile in the pool."""
        return self.saved / f"{name}.json"

    def copies_of(self, name: str) -> list[Path]:
        """The runtime copies of a profile; more than one only where something is wrong."""
        return [path for path in self.state.glob("active/*/*.json") if path.stem == name]

    def new_serial(self) -> int:
        """A number that was not given before."""
        return next(self._serial)

    def log_in(self, name: str) -> str:
        """Save a login of its own for the profile, as its owner does; gives its marker."""
        marker = f"{name}#{self.new_serial()}"
        cookie = {"name": "SID", "domain": ".google.com", "value": f"cookie-of-{marker}"}
        cookies = [{**cookie, "expires": _FAR_FUTURE}]
        content = json.dumps({"cookies": cookies, "origins": [], "marker": marker})
        beside = self.saved / f".{marker}.part"
        beside.write_text(content)
        beside.replace(self.file_of(name))
        return marker

    def write_environment_file(self) -> None:
        """Write docker/.env anew, where it differs: how the instances behave."""
        crashing = self.settings.crashing
        lines = ["REFERENCE_READY_AFTER_S=0.2\n"]
        lines += [f"REFERENCE_CRASH_AT_START={crashing}=3\n"] if crashing else []
        path = self.root / "docker" / ".env"
        if not path.exists() or path.read_text() != "".join(lines):
            path.write_text("".join(lines))

    def environment(self) -> dict[str, str]:
        """The variables of every command of the pool."""
        settings = self.settings
        kept = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONTEXT", "TMPDIR")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "IMAGE_NAME": settings.image,
            "CONTAINER_PREFIX": self.prefix,
            "BASE_API_PORT": str(self.first_port),
            "BASE_STREAM_PORT": str(self.first_port + SPREAD),
            "API_KEY": settings.key,
            "SERVER_LOG_LEVEL": settings.log_level,
            "MULTI_INSTANCE_CPUS": settings.cpus,
            "MULTI_INSTANCE_STOP_TIMEOUT": "10",
            "WAIT_TIMEOUT": os.environ.get("SOAK_WAIT_TIMEOUT", "60"),
        }

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start a command; `ended` waits for its end."""
        self.write_environment_file()
        return subprocess.Popen(
            [self.command, *words],
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def begin_up(self, *options: str) -> subprocess.Popen[str]:
        """Start the `up` that takes the pool to what it was asked for."""
        return self.begin("up", "--auto-confirm", "--remove-orphans", "--retry", *options)

    def run(self, *words: str) -> Ended:
        """Run a command to its end."""
        return ended(self.begin(*words))

    def up(self, *options: str) -> Ended:
        """Take the pool to what it was asked for."""
        return ended(self.begin_up(*options))


def ended(process: subprocess.Popen[str]) -> Ended:
    """Wait for the end of a command."""
    began_s = time.monotonic()
    try:
        out, err = process.communicate(timeout=COMMAND_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return Ended(
            124, out, f"{err}\ndid not end within {COMMAND_TIMEOUT_S} s", COMMAND_TIMEOUT_S
        )
    return Ended(process.returncode, out, err, time.monotonic() - began_s)


def ask(port: int, path: str, key: str = "", method: str = "GET") -> tuple[int, Any]:
    """Ask an instance: status and decoded body; status 0 where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null")
    except (OSError, http.client.HTTPException, ValueError):
        return 0, None
    finally:
        connection.close()


def refresh(port: int, key: str) -> bool:
    """Let an instance save its session: it does so at every tenth request."""
    path = "/v1/chat/completions"
    return all(ask(port, path, key, "POST")[0] == 200 for _ in range(_REQUESTS_PER_SAVE))


def free_first_port() -> int:
    """The first of a block of ports that nobody holds; it is this process's until its end."""
    for first in _FIRST_PORTS:
        ports = range(first, first + 2 * SPREAD)
        if _is_reserved(first) and all(_is_free(port) for port in ports):
            return first
    raise RuntimeError("no block of ports is free")


def _is_reserved(first: int) -> bool:
    """Keep two soaks apart: the kernel releases the lock with the process."""
    name = f"multi-instance-soak-ports-{first}.lock"
    descriptor = os.open(Path(tempfile.gettempdir()) / name, os.O_RDWR | os.O_CREAT, 0o666)
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    os.close(descriptor)
    return False


def _is_free(port: int) -> bool:
    with socket.socket() as listener, suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("0.0.0.0", port))  # noqa: S104  # whoever holds it on any address counts
        return True
    return False
