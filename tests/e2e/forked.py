"""Runs a Python program of the manager as a fork of an interpreter that has it loaded."""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

_SERVER = Path(__file__).with_name("loaded_command.py")
_LONGEST = 100_000
# Python reads these at its start, which a fork does not have.
_READ_AT_THE_START = ("PYTHON", "LC_", "LANG")


@functools.cache
def _server() -> socket.socket:
    """The socket of this process's own loaded interpreter, which ends with it."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    variables = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-P", _SERVER, str(its.fileno())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd="/",
        env=variables,
        pass_fds=[its.fileno()],
    )
    its.close()
    atexit.register(_end, process, ours)
    return ours


def _end(process: subprocess.Popen[bytes], server: socket.socket) -> None:
    server.close()
    process.communicate()


def can_run(words: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether a fork is the same as a start of its own for that command line."""
    size = len(json.dumps([*words, dict(env)]))
    return size < _LONGEST and not any(name.startswith(_READ_AT_THE_START) for name in env)


def run(
    words: Sequence[str], *, cwd: Path, env: Mapping[str, str], answer: str, timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run a script of this interpreter's with its arguments, as `subprocess.run` does."""
    (stdin, given), (out, stdout), (err, stderr), (told, status) = (os.pipe() for _ in range(4))
    message = json.dumps({"words": words, "cwd": str(cwd), "env": dict(env)})
    theirs = [stdin, stdout, stderr, status]
    socket.send_fds(_server(), [message.encode()], theirs)
    for descriptor in theirs:
        os.close(descriptor)
    with ThreadPoolExecutor(3) as streams:
        streams.submit(_write, given, answer)
        texts = [streams.submit(_read, descriptor) for descriptor in (out, err)]
        code = _exit_code(told, words, timeout_s)
    return subprocess.CompletedProcess(list(words), code, *(text.result() for text in texts))


def _exit_code(descriptor: int, words: Sequence[str], timeout_s: float) -> int:
    with open(descriptor, encoding="utf-8") as told:
        pid = int(told.readline())
        if not select.select([told], [], [], timeout_s)[0]:
            os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(words), timeout_s)
        return int(told.readline())


def _read(descriptor: int) -> str:
    with open(descriptor, encoding="utf-8", errors="backslashreplace") as stream:
        return stream.read()


def _write(descriptor: int, text: str) -> None:
    with suppress(BrokenPipeError), open(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
