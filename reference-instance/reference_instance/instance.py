"""One resolved profile being served: its start, its requests, its end. It knows no sockets."""

import os
import signal
import threading
import time
from os.path import basename, splitext

from reference_instance.behaviour import Behaviour
from reference_instance.output import log
from reference_instance.profile import Session, digest_of, read_keys, visible_files

REQUESTS_PER_SAVE = 10
CRASH_EXIT_CODE = 1
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Instance:
    """One resolved profile being served."""

    def __init__(self, root: str, session: Session, behaviour: Behaviour) -> None:
        """Begin at once to count the seconds."""
        self.root = root
        self.session = session
        self.behaviour = behaviour
        self.started_at_s = time.monotonic()
        self.ready = threading.Event()
        self.ballast = b""
        self._served = 0
        self._lock = threading.Lock()

    def warm_up(self) -> None:
        """Do what a browser's start would do, then become ready."""
        # Multiplying writes every page; a zeroed buffer would take no memory at all.
        self.ballast = b"\x01" * (self.behaviour.memory_mb << 20)
        busy_until_s = time.monotonic() + self.behaviour.busy_s
        while time.monotonic() < busy_until_s:
            pass
        time.sleep(max(0.0, self.started_at_s + self.behaviour.ready_after_s - time.monotonic()))
        if not self.behaviour.never_ready:
            self.ready.set()
            log("ready")

    def count_request(self) -> None:
        """Save the profile at every tenth request, as the application does."""
        with self._lock:
            self._served += 1
            due = self._served % REQUESTS_PER_SAVE == 0
        if due:
            self.session.save(f"{REQUESTS_PER_SAVE} requests")

    def identity(self) -> dict[str, object]:
        """Return what ``/whoami`` tells: names, digests and counts."""
        path = self.session.path
        try:
            keys = len(read_keys(self.root))
        except OSError:
            keys = None
        return {
            "profile": name_of(path),
            "resolved_path": path,
            "sha256": digest_of(path),
            "visible": visible_files(self.root),
            "variables": sorted(os.environ),
            "keys": keys,
            "saves": self.session.saves,
            "ready": self.ready.is_set(),
            "pid": os.getpid(),
            "uid": os.getuid(),
        }

    def run_until_stopped(self) -> None:
        """Wait for a signal, saving when it is time; the signals must be blocked already.

        Blocked signals reach even process 1 here, and no handler can interrupt a save.
        """
        behaviour = self.behaviour
        crash_at_s = self.started_at_s + behaviour.crash_after_s
        save_at_s = self.started_at_s + behaviour.save_every_s
        while True:
            timeout_s = max(0.0, min(crash_at_s, save_at_s) - time.monotonic())
            received = signal.sigtimedwait(STOP_SIGNALS, min(timeout_s, 3600.0))
            if received and not behaviour.ignore_sigterm:
                log(f"{signal.Signals(received.si_signo).name}: stopping")
                return
            if received:
                log(f"{signal.Signals(received.si_signo).name}: ignored")
            if time.monotonic() >= crash_at_s:
                crash(CRASH_EXIT_CODE)
            if time.monotonic() >= save_at_s:
                self.session.save("time")
                save_at_s = time.monotonic() + behaviour.save_every_s


def name_of(path: str) -> str:
    """Return the name of a profile: that of its file."""
    return splitext(basename(path))[0]


def crash(exit_code: int) -> None:
    """Die at once, saving nothing."""
    log(f"crashing with exit code {exit_code}")
    os._exit(exit_code)
