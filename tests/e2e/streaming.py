"""A command that streams, running in the background, with what it has written so far."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.obligations import docker, eventually
from e2e.project import COMMAND, Project


class Streaming:
    """One run. Its output goes to a file, so that it never waits for a reader."""

    def __init__(self, process: subprocess.Popen[bytes], out: Path, err: Path) -> None:
        self.process = process
        self._out, self._err = out, err

    @property
    def out(self) -> str:
        return self._out.read_text(errors="replace")

    @property
    def err(self) -> str:
        return self._err.read_text(errors="replace")

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def until(self, claim: Callable[[], object], seconds: float = 30.0) -> None:
        try:
            eventually(lambda: claim() or self.process.poll() is not None, seconds)
        except AssertionError as problem:
            raise AssertionError(f"{problem}\n{self.out}\n{self.err}") from None
        assert claim(), f"ended with {self.process.poll()}\n{self.out}\n{self.err}"

    def shows(self, *texts: str) -> None:
        """Wait until every text was written."""
        self.until(lambda: all(text in self.out for text in texts))

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))  # noqa: PTH208  # names alone count

    def threads(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/task"))  # noqa: PTH208  # as above

    def memory_kb(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def interrupt(self) -> int:
        """Send what Ctrl-C sends; gives the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


@contextmanager
def streaming(project: Project, *words: str, **env: str) -> Iterator[Streaming]:
    """Run `multi-instance WORDS…` until the block ends."""
    with tempfile.TemporaryDirectory(prefix="streaming-") as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        with out.open("wb") as to_out, err.open("wb") as to_err:
            process = subprocess.Popen(
                [COMMAND, *words],
                cwd=project.root,
                env={**project.environment, **env},
                stdin=subprocess.DEVNULL,
                stdout=to_out,
                stderr=to_err,
            )
        try:
            yield Streaming(process, out, err)
        finally:
            process.kill()
            process.wait()


def say(container: str, shell: str) -> None:
    """Let an instance write to its log whatever the shell command prints."""
    docker("exec", container, "sh", "-c", f"({shell}) > /proc/1/fd/1")
