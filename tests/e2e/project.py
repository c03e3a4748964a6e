"""A scratch project with profiles, and the real command run in it as a person would."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from e2e import forked
from e2e.engine_kind import ENGINE
from multi_instance_manager.host.listeners import busy_ports

IMAGE = os.environ.get("MULTI_INSTANCE_REFERENCE_IMAGE", "multi-instance-reference:latest")
COMMAND = Path(sys.executable).with_name("multi-instance")
REPOSITORY = Path(__file__).resolve().parents[2]
KEY = "sk-of-the-tests"
_FAR_FUTURE = 4102444800
RUN = uuid.uuid4().hex[:8]
# Below the ports that the kernel gives to clients: one of those could hold a port for a moment.
_LANES = range(20000, 32000, 1000)
_BLOCK = 40
_LONGEST_S = 240


@functools.cache
def _blocks() -> Iterator[int]:
    """The blocks of a lane of ports that no other test run uses for as long as this one lasts."""
    for first in _LANES:
        lock = FileLock(Path(tempfile.gettempdir()) / f"multi-instance-tests-ports-{first}.lock")
        with suppress(Timeout):
            lock.acquire(timeout=0)
            _LOCKS.append(lock)
            return itertools.cycle(range(first, first + _LANES.step, _BLOCK))
    raise AssertionError(f"{len(_LANES)} test runs are under way; wait for one to end")


_LOCKS: list[BaseFileLock] = []
SHARED_BLOCKS: set[int] = set()


def free_block() -> int:
    """The first of 40 host ports that nobody holds; each test gets its own.

    Nor those of a pool that several tests share: stopped for a moment, its ports look free.
    """
    for first in itertools.islice(_blocks(), _LANES.step // _BLOCK):
        if first not in SHARED_BLOCKS and not busy_ports("0.0.0.0", range(first, first + _BLOCK)):
            return first
    raise AssertionError("no block of ports is free: an earlier test left containers behind")


def _own_script(line: list[str]) -> list[str]:
    """The command line without its interpreter, where it runs a script of this environment's."""
    if line[0] == str(COMMAND):
        return line
    return line[1:] if line[0] == sys.executable and line[1].endswith(".py") else []


def session(marker: str, **more: Any) -> str:
    """A profile's content: fake cookies that expire far in the future, one of a login's kind.

    No other run of the tests has the same login, nor has the same marker at another content: one
    that runs on this engine would be told as a second browser.
    """
    cookie = {"name": "session", "value": f"cookie-of-{marker}", "expires": _FAR_FUTURE}
    own = {"path": f"/{RUN}", "httpOnly": False}
    login = hashlib.sha256(json.dumps([RUN, marker, more]).encode()).hexdigest()
    carries = {"name": "SID", "domain": ".google.com", "value": login, "expires": _FAR_FUTURE}
    return json.dumps({"cookies": [{**cookie, **own}, carries], "origins": [], **more})


@dataclass(frozen=True)
class Result:
    """What a run of the command gave."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


@dataclass
class Project:
    """The application's repository, with its own prefix and its own block of ports."""

    root: Path
    prefix: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:8]}")
    first_port: int = field(default_factory=free_block)

    def __post_init__(self) -> None:
        for folder in ("auth_profiles/saved", "auth_profiles/active", "docker"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "docker" / ".env").write_text("REFERENCE_READY_AFTER_S=0\n")

    @property
    def saved(self) -> Path:
        return self.root / "auth_profiles" / "saved"

    @property
    def state(self) -> Path:
        return self.root / ".multi-instance-runtime"

    @property
    def api_port(self) -> int:
        return self.first_port

    @property
    def stream_port(self) -> int:
        return self.first_port + 20

    def add(self, *names: str) -> None:
        for name in names:
            (self.saved / f"{name}.json").write_text(session(name, pool=self.prefix))

    def copy_of(self, name: str) -> Path:
        return self.state / "active" / self.container(name) / f"{name}.json"

    def container(self, name: str) -> str:
        """The container name of a profile whose name needs no hash."""
        return f"{self.prefix}-{name}"

    def behave(self, **variables: object) -> None:
        """Set the reference instance's behaviour through docker/.env."""
        lines = [f"{name}={value}\n" for name, value in variables.items()]
        (self.root / "docker" / ".env").write_text("".join(lines))

    @property
    def bare(self) -> dict[str, str | None]:
        """Takes every variable away but those that any shell has: a launch of defaults alone."""
        return dict.fromkeys(self.environment.keys() - {"PATH", "HOME", *ENGINE})

    @property
    def environment(self) -> dict[str, str]:
        """The variables that give the test its own prefix, ports and image."""
        return {
            "PATH": f"{COMMAND.parent}:{os.environ['PATH']}",
            "HOME": os.environ.get("HOME", "/root"),
            **ENGINE,
            "IMAGE_NAME": IMAGE,
            "CONTAINER_PREFIX": self.prefix,
            "BASE_API_PORT": str(self.api_port),
            "BASE_STREAM_PORT": str(self.stream_port),
            "API_KEY": KEY,
            "AUTO_CONFIRM": "true",
            "WAIT_TIMEOUT": "60",
        }

    def run(
        self,
        *words: str | Path,
        env: dict[str, str | None] | None = None,
        answer: str = "",
        user: int | None = None,
        cwd: Path | None = None,
    ) -> Result:
        """Run a command line in the project; a variable given as None is taken away."""
        variables = {**self.environment, **(env or {})}
        given = {name: value for name, value in variables.items() if value is not None}
        line, folder = [str(word) for word in words], cwd or self.root
        if user is None and (script := _own_script(line)) and forked.can_run(line, given):
            done = forked.run(script, cwd=folder, env=given, answer=answer, timeout_s=_LONGEST_S)
        else:
            done = subprocess.run(
                line,
                cwd=folder,
                env=given,
                input=answer,
                capture_output=True,
                text=True,
                errors="backslashreplace",
                timeout=_LONGEST_S,
                check=False,
                user=user,
                extra_groups=None if user is None else [],
            )
        return Result(done.returncode, done.stdout, done.stderr)

    def up(self, *options: str | Path, **how: Any) -> Result:
        """Run `multi-instance up` in the project."""
        return self.run(COMMAND, "up", *options, **how)

    def command(self, *words: str | Path, **how: Any) -> Result:
        """Run `multi-instance WORDS…` in the project."""
        return self.run(COMMAND, *words, **how)

    def begin(
        self, *options: str | Path, env: dict[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start `multi-instance up` and let the test act meanwhile; `ended` gives the result."""
        return subprocess.Popen(
            [COMMAND, "up", *options],
            cwd=self.root,
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def snapshot(self) -> dict[str, tuple[int, int, bytes | str]]:
        """Every file of the project: mode, inode and content; equal means untouched."""
        found: dict[str, tuple[int, int, bytes | str]] = {}
        for path in sorted(self.root.rglob("*")):
            status = path.lstat()
            content: bytes | str = ""
            if path.is_symlink():
                content = str(path.readlink())
            elif path.is_file():
                content = path.read_bytes()
            found[str(path.relative_to(self.root))] = (status.st_mode, status.st_ino, content)
        return found


def ended(process: subprocess.Popen[str]) -> Result:
    """Wait for the end of a command that was begun."""
    with process:
        out, err = process.communicate(timeout=60)
    return Result(process.returncode, out, err)
