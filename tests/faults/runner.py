"""Runs the manager's command line, and dies where it is told to.

``FAULTS_KILL_AT=N`` kills the process at its N-th change of a file below ``FAULTS_FOLDER``, just
before the kernel makes it. ``FAULTS_CHANGES`` names a file that gets a line for each change.
``FAULTS_ENGINE_TIMEOUT_S`` shortens the time that an answer of the engine may take, and
``FAULTS_PATIENCE_S`` how long an engine that is gone is asked again.
With ``FAULTS_KEPT_OUT`` the process may neither look into any other nor signal one, as it is for
most people: the engine alone shows a container's files then, and asks its processes to end.
"""

from __future__ import annotations

import errno
import importlib
import os
import re
import signal
import sys
import threading
import time
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_OF_ONE_PATH = {"os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.utime", "os.chown"}
_CHANGING = _OF_ONE_PATH | {"open", "os.rename", "os.link", "os.symlink"}
_CHANGING.add("multi_instance_manager.exchange")


class Watch:
    """Counts the changes that this process makes below a folder."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.realpath(folder)
        self._kill_at = int(os.environ.get("FAULTS_KILL_AT", "0"))
        self._lock = threading.Lock()
        self._changes = 0
        name = os.environ.get("FAULTS_CHANGES")
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._record = os.open(name, flags, 0o644) if name else None

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Hear of everything that the process does (an audit hook)."""
        if event not in _CHANGING or not self._is_ours(event, arguments):
            return
        with self._lock:
            self._changes += 1
            if self._record is not None:
                os.write(self._record, f"{event} {arguments[0]!r}\n".encode())
            if self._changes == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(60)  # until the kernel has got to it

    def _is_ours(self, event: str, arguments: tuple[Any, ...]) -> bool:
        if event == "open" and not (arguments[2] or 0) & _WRITING:
            return False
        path = arguments[0]
        if isinstance(path, int):
            return False
        folder = -1 if event == "open" else arguments[-1]
        text = os.fsdecode(path)
        if folder >= 0 and not text.startswith("/"):
            text = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), text)  # noqa: PTH115, PTH118
        return os.path.abspath(text).startswith(self._folder + "/")  # noqa: PTH100


def _keep_out(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse the way into another process (an audit hook)."""
    if event == "open" and not isinstance(arguments[0], int):
        path = os.fsdecode(arguments[0])
        if re.fullmatch(r"/proc/\d+/root", path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)


def _refuse_signal(*_: object) -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def _shorten(variable: str, module_name: str, *constants: str) -> None:
    """Give constants of the manager the value of a variable, where that is set."""
    value = os.environ.get(variable)
    if value is None:
        return
    module = importlib.import_module(f"multi_instance_manager.{module_name}")
    for name in constants:
        getattr(module, name)
        setattr(module, name, float(value))


def main() -> None:
    """Set the traps, then run the command."""
    _shorten("FAULTS_ENGINE_TIMEOUT_S", "engine.connect", "FIRST_ANSWER_S")
    if "FAULTS_ENGINE_TIMEOUT_S" in os.environ:
        os.environ["MULTI_INSTANCE_ENGINE_TIMEOUT"] = os.environ["FAULTS_ENGINE_TIMEOUT_S"]
    rollback, removal = "_PATIENCE_FOR_ROLLBACK_S", "_PATIENCE_FOR_REMOVAL_S"
    _shorten("FAULTS_PATIENCE_S", "execute.replace", rollback, removal)
    from multi_instance_manager.cli import main as command

    folder = os.environ.get("FAULTS_FOLDER")
    if folder:
        sys.addaudithook(Watch(folder))
    if "FAULTS_KEPT_OUT" in os.environ:
        sys.addaudithook(_keep_out)
        signal.pidfd_send_signal = _refuse_signal
    command()


if __name__ == "__main__":
    main()
