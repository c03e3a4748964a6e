"""The programs that the application cannot serve without: browser, driver, stream process.

Each is a process with the command line that the application's has, does nothing, and is started as
cheaply as can be: a shell that waits, or a copy of this process.
"""

import errno
import os
import signal
import socket
import threading
from collections.abc import Callable
from os.path import dirname, join

from reference_instance.output import StartError, bare

SHELL = "/bin/sh"
PROGRAMS = join(dirname(dirname(__file__)), "programs")
LAUNCHER = join(dirname(dirname(__file__)), "launch_camoufox.py")
_ENDED = os.WEXITED | os.WNOHANG | os.WNOWAIT


class Child:
    """A process that this one started; dead, it is left as a zombie, as the application does."""

    def __init__(self, pid: int) -> None:
        """Take over a process that was just started."""
        self.pid = pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended yet."""
        return os.waitid(os.P_PID, self.pid, _ENDED) is None

    def kill(self) -> None:
        """End it at once; nothing where it has ended."""
        os.kill(self.pid, signal.SIGKILL)


class Driver(Child):
    """The process that everything asked of the browser goes through."""

    def __init__(self) -> None:
        """Start it in this process's own group: a signal to the group ends it."""
        questions_end, self._questions = os.pipe()
        self._answers, answers_end = os.pipe()
        words = ["/app/driver/node", join(PROGRAMS, "driver.sh"), "run-driver"]
        super().__init__(_start(words, {0: questions_end, 1: answers_end}))
        os.close(questions_end)
        os.close(answers_end)
        self._lock = threading.Lock()

    def ask(self) -> None:
        """Have an answer from it, whatever it is; raises `OSError` where it is gone."""
        with self._lock:
            try:
                os.write(self._questions, b"\n")
                answered = os.read(self._answers, 64)
            except BrokenPipeError:
                answered = b""
            if not answered:
                raise ConnectionError("the connection to the browser driver is closed")


class Browser:
    """The browser, which outlives a launcher that was killed, and what starts it.

    It holds the debugging port: as long as one is left over, no other can start.
    """

    def __init__(self, port: int) -> None:
        """Start it in a session of its own, away from signals to this process's group."""
        listener = listen("127.0.0.1", port)
        reads, writes = os.pipe()
        inherited = {0: reads, 8: writes, 9: listener.fileno()}
        script = join(PROGRAMS, "browser.sh")
        launcher = ["python", script, LAUNCHER, "--internal-launch-mode", "headless"]
        self.launcher = Child(_start(launcher, inherited, own_session=True))
        words = ["/app/browser/camoufox-bin", script, "--headless"]
        self.process = Child(_start(words, inherited, own_session=True))
        os.close(reads)
        os.close(writes)
        listener.close()

    @property
    def runs(self) -> bool:
        """Whether the browser has not ended yet."""
        return self.process.runs

    def kill(self) -> None:
        """End the browser and what started it."""
        self.process.kill()
        self.launcher.kill()


def start_renderer() -> Child:
    """Start the process of a page, which takes memory until it is killed for it."""
    words = ["/app/browser/camoufox-bin", join(PROGRAMS, "renderer.sh"), "--type=renderer"]
    return Child(_start(words, {}))


def start_stream(listener: socket.socket, serve: Callable[[socket.socket], None]) -> Child:
    """Start the stream process: a copy of this one, which no SIGTERM ends.

    To be called before there are threads: a copy has only the one that made it.
    """
    pid = os.fork()
    if pid:
        listener.close()
        return Child(pid)
    try:
        serve(listener)
    finally:
        os._exit(1)


def listen(host: str, port: int) -> socket.socket:
    """Listen at once; raises `StartError` where another process does."""
    try:
        return socket.create_server((host, port), backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            bare(f"Error launching server: listen EADDRINUSE: {host}:{port} is taken")
        raise StartError(f"port {port}: {error.strerror}") from None


def _start(words: list[str], descriptors: dict[int, int], *, own_session: bool = False) -> int:
    return os.posix_spawn(
        SHELL,
        words,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, ours, its) for its, ours in descriptors.items()],
        setsid=own_session,
        setsigmask=[],
    )
