"""Times a program as a whole process, with the operating system's own accounting."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lap:
    """One run: wall-clock seconds, CPU seconds of the process itself, and its peak memory."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def lap(words: Sequence[str], environment: Mapping[str, str], codes: Sequence[int] = (0,)) -> Lap:
    """Run a program to its end; another exit code than those given ends the benchmark."""
    with tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            words,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            errors.seek(0)
            told = errors.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"bench: {' '.join(words)[:200]}: {process.returncode}\n{told}")
    return Lap(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
