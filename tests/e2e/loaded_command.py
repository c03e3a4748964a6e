"""The command's interpreter with all of its modules loaded: each run is a fork of it.

A run from the shell spends three quarters of its processor time on imports. A fork is a process of
its own like it: with the arguments, variables, folder, streams and exit code that it is given.

Run as a program with the number of a socket. Each of its messages is a run, with its descriptors:
standard input, output and error, and a pipe that gets the process's number and how it ended.
"""

from __future__ import annotations

import ast
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_LONGEST = 1 << 18


def load() -> None:
    """Import all that a command may, also what it imports where it is needed."""
    import multi_instance_manager as package

    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith("__main__"):
            module = importlib.import_module(found.name)
            for name in _imported_by(Path(str(module.__file__))):
                with suppress(ImportError):
                    importlib.import_module(name)
    gc.collect()
    gc.freeze()


def _imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def next_run(server: socket.socket) -> list[str]:
    """Wait for runs; returns the arguments of one, in the process that is to carry it out."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(server, _LONGEST, 4)
        if not message:
            os._exit(0)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            pid = os.fork()
            if pid == 0:
                server.close()
                return _become(json.loads(message), descriptors)
            _report(pid, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _report(pid: int, descriptors: list[int]) -> None:
    """Tell the process's number and how it ends; the streams stay the process's own."""
    *streams, told = descriptors
    for descriptor in streams:
        os.close(descriptor)
    os.write(told, f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(run: dict[str, Any], descriptors: list[int]) -> list[str]:
    for number, descriptor in enumerate(descriptors[:3]):
        os.dup2(descriptor, number)
    for descriptor in descriptors:
        os.close(descriptor)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(run["cwd"])
    coerced = {name: os.environ[name] for name in ("LC_CTYPE",) if name in os.environ}
    os.environ.clear()
    os.environ.update({**coerced, **run["env"]})
    words: list[str] = run["words"]
    return words


def main() -> None:
    """Serve runs for as long as the socket is open."""
    server = socket.socket(fileno=int(sys.argv[1]))
    load()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.argv = next_run(server)
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
