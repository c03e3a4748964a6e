"""What following the logs of many costs over time: memory and open files of the manager."""

from __future__ import annotations

import subprocess
import time

import psutil

from bench.pool import COMMAND, scratch_pool

Figures = dict[str, float]
_LOOK_EVERY_S = 5.0
# What grows after it has begun to follow, and has read what was written before.
_SETTLED_S = 30.0


def following(size: int, seconds: float) -> Figures:
    """Follow instances that each write a line a second; the growth since it settled."""
    with scratch_pool(size) as pool:
        (pool.root / "docker" / ".env").write_text("REFERENCE_SAVE_EVERY_S=1\n")
        pool.manager("up")
        with (
            subprocess.Popen(
                [COMMAND, "logs", "-f"],
                env=pool.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as process,
            subprocess.Popen(["wc", "-l"], stdin=process.stdout, stdout=subprocess.PIPE) as counter,
        ):
            watched = psutil.Process(process.pid)
            time.sleep(min(_SETTLED_S, seconds / 4))
            before, files_before = watched.memory_info().rss, watched.num_fds()
            highest, most_files = before, files_before
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                time.sleep(_LOOK_EVERY_S)
                highest = max(highest, watched.memory_info().rss)
                most_files = max(most_files, watched.num_fds())
            process.terminate()
            process.wait(timeout=30)
            lines = int(counter.communicate()[0])
    if lines < size * seconds / 2:
        raise SystemExit(f"bench: {lines} lines of {size} instances in {seconds:g} s are too few")
    return {
        "following, memory": before,
        "following, highest memory": highest,
        "following, files": files_before,
        "following, most files": most_files,
        "following, seconds": seconds,
        "following, lines": lines,
    }
