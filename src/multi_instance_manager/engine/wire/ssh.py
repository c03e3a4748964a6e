"""The ``ssh`` program as a way to an engine: its command line, its process, and why it failed.

Each connection is a process of its own, which runs ``docker system dial-stdio`` at the other end,
as the docker client has it. Unlike there nothing is ever asked: a manager that is run by a program
must not wait for somebody to type. Of our environment only what ``ssh`` itself needs reaches it: a
configuration with ``SendEnv`` would hand the rest, the API key among it, to the other machine.
"""

from __future__ import annotations

import atexit
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from multi_instance_manager.errors import EngineUnreachable
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.engine.endpoint.address import SshAddress
    from multi_instance_manager.engine.endpoint.endpoint import Endpoint

_OF_SSH = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "XDG_RUNTIME_DIR"),
    *("SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_SK_PROVIDER", "KRB5CCNAME", "KRB5_CONFIG"),
)
_FAILED = 255  # ssh itself, not what it ran
_NOT_FOUND = 127  # the shell at the other end knows no such command
_CONNECT_TIMEOUT_S = 10  # for a connection alone; to log in may take longer
_TIME_TO_END_S = 2
_ADVICE = "see that Docker runs there and that this account may use it"
_ADVICE_ON_SSH = (
    "connect once with `ssh` by hand: nothing is asked here, so that the host must be known and "
    "the key be without a passphrase or in an agent"
)
_ADVICE_ON_CLIENT = "install its command `docker` there, or forward the engine's socket to here"


def command_line(address: SshAddress) -> list[str]:
    """The words that open one connection."""
    words = ["ssh", "-T", "-a", "-x"]
    for option in (
        "BatchMode=yes",
        f"ConnectTimeout={_CONNECT_TIMEOUT_S}",
        "ClearAllForwardings=yes",
        "PermitLocalCommand=no",
    ):
        words += ["-o", option]
    if address.user:
        words += ["-l", address.user]
    if address.port:
        words += ["-p", str(address.port)]
    return [*words, "--", address.host, _remote_command(address)]


def _remote_command(address: SshAddress) -> str:
    """One string for the shell at the other end."""
    there = ["--host", f"unix://{address.socket}"] if address.socket else []
    return shlex.join(["docker", *there, "system", "dial-stdio"])


class SshProcess:
    """A running ``ssh`` with a stream for its input and output.

    It ends by itself once the other side of the stream has been closed, with us at the latest.
    """

    def __init__(self, endpoint: Endpoint, words: list[str], stream: socket.socket) -> None:
        self._endpoint = endpoint
        # A file, not a pipe: a shared connection that ssh leaves behind would hold it open.
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # kept open
        try:
            self._process = self._started(words, stream)
        except BaseException:
            self._complaints.close()
            raise
        _RUNNING.add(self)

    def _started(self, words: list[str], stream: socket.socket) -> subprocess.Popen[bytes]:
        program = shutil.which(words[0])
        if program is None:
            raise EngineUnreachable(
                f"engine at {self._endpoint}",
                "the program ssh is not installed here",
                "install it, or name another engine with --host, --context or DOCKER_HOST",
            )
        return subprocess.Popen(  # noqa: S603  # no shell here; the words are our own
            [program, *words[1:]],
            stdin=stream.fileno(),
            stdout=stream.fileno(),
            stderr=self._complaints,
            env={name: os.environ[name] for name in _OF_SSH if name in os.environ},
            # Ctrl-C is for the manager, which needs the engine to finish or undo; and without a
            # terminal ssh cannot ask for anything.
            start_new_session=True,
        )

    def has_ended(self) -> bool:
        """Whether the process is gone; it is taken out of the table of processes, then."""
        if self._process.poll() is None:
            return False
        self._complaints.close()
        return True

    def end(self) -> None:
        """End the process now."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(_TIME_TO_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._complaints.close()

    def failure(self) -> EngineUnreachable:
        """Why there is no connection, from the process's last words; ends it."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_TIME_TO_END_S)
        code, words = self._process.returncode, self._last_words()
        self.end()
        if code is None:
            fact, step = "does not answer through ssh in time", _ADVICE_ON_SSH
        elif code == _FAILED:
            fact, step = "ssh cannot connect", _ADVICE_ON_SSH
        elif code == _NOT_FOUND:
            fact, step = "there is no docker client at the other end of ssh", _ADVICE_ON_CLIENT
        else:
            fact, step = "`docker system dial-stdio` failed at the other end of ssh", _ADVICE
        return EngineUnreachable(f"engine at {self._endpoint}", f"{fact}{words}", step)

    def _last_words(self) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").splitlines()
        spoken = [line.strip() for line in lines if line.strip()]
        return f" ({printable(spoken[-1])})" if spoken else ""


class _Running:
    """The processes of this manager, so that none outlives it and none stays as a zombie."""

    def __init__(self) -> None:
        self._processes: set[SshProcess] = set()
        self._lock = threading.Lock()

    def add(self, process: SshProcess) -> None:
        """Keep a new one in mind, and forget those that have ended."""
        with self._lock:
            over = {known for known in self._processes if known.has_ended()}
            self._processes = (self._processes - over) | {process}

    def end_all(self) -> None:
        """End every one that still runs."""
        with self._lock:
            processes, self._processes = self._processes, set()
        for process in processes:
            process.end()


_RUNNING = _Running()
atexit.register(_RUNNING.end_all)
