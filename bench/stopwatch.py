"""Times a program as a whole process, with the operating system's own accounting."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Lap:
    """One run: wall-clock seconds, CPU seconds of the process itself, and its peak memory.

    The peak is zero where it was not asked for.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int


def lap(words: Sequence[str], environment: Mapping[str, str], *, memory: bool = False) -> Lap:
    """Run a program to its end; one that fails ends the benchmark."""
    with tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            words,
            env=as_a_user_has_it(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        peak = _Peak(process.pid) if memory else None
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        peak_bytes = peak.end() if peak else 0
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            told = errors.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"bench: {' '.join(words)[:200]}: {process.returncode}\n{told}")
    return Lap(wall_s, usage.ru_utime + usage.ru_stime, peak_bytes)


def as_a_user_has_it(environment: Mapping[str, str]) -> dict[str, str]:
    """Without the switches that keep Python from keeping what it has compiled."""
    return {name: value for name, value in environment.items() if not name.startswith("PYTHON")}


class _Peak:
    """Looks at the kernel's own high-water mark again and again: it goes with the process.

    What the kernel accounts to a child at its end includes the parent that it was split from.
    """

    def __init__(self, pid: int) -> None:
        self._status = Path("/proc", str(pid), "status")
        self._over = threading.Event()
        self._bytes = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> int:
        """The highest that was seen."""
        self._over.set()
        self._thread.join()
        return self._bytes

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY_S):
            with suppress(OSError):
                lines = self._status.read_text().splitlines()
                sizes = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
                self._bytes = max([self._bytes, *(int(size) * 1024 for size in sizes)])
