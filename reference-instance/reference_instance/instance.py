"""One resolved profile being served: its state and its requests. It knows no HTTP."""

import os
import threading
import time

from reference_instance.behaviour import Behaviour
from reference_instance.output import ERROR, bare, log
from reference_instance.profile import digest_of, load_keys, name_of, visible_files
from reference_instance.programs import Browser, Child, Driver
from reference_instance.request_queue import RequestQueue
from reference_instance.session import Session

REQUESTS_PER_SAVE = 10
SOFT_LIMIT, HARD_LIMIT = 650_000, 800_000


class Programs:
    """The processes that an instance needs beside its own."""

    def __init__(self, browser: Browser, stream: Child, driver: Driver) -> None:
        """Take them over."""
        self.browser = browser
        self.stream = stream
        self.driver = driver

    def kill(self) -> None:
        """End them all, the browser last."""
        for one in (self.stream, self.driver, self.browser):
            one.kill()


class Instance:
    """One resolved profile being served."""

    def __init__(
        self, root: str, session: Session, behaviour: Behaviour, programs: Programs
    ) -> None:
        """Begin at once to count the seconds."""
        self.root = root
        self.session = session
        self.behaviour = behaviour
        self.programs = programs
        self.keys = load_keys(root)
        self.started_at = time.time()
        self.queue = RequestQueue()
        self.under_way = UnderWay()
        self.signed_out = False
        self.page_crashed = False
        self.quota_used_up = False
        self.ballast = b""
        self._served = 0
        self._tokens = 0
        self._lock = threading.Lock()

    def save(self) -> bool:
        """Save the session, if the browser and its driver still answer."""
        return self.programs.browser.runs and self.session.save(self.programs.driver)

    def count_request(self, request_id: str) -> None:
        """Count a request that was answered: its tokens, and a save at every tenth."""
        with self._lock:
            self._served += 1
            due = self._served % REQUESTS_PER_SAVE == 0
            self._tokens += self.behaviour.tokens
            tokens = self._tokens
        self._check_limits(tokens, request_id)
        if due:
            self.save()

    def _check_limits(self, tokens: int, request_id: str) -> None:
        """Stall at the soft limit: the rotation that the application asks for then is off."""
        if tokens >= _limit("QUOTA_HARD_LIMIT", HARD_LIMIT):
            bare(f"⛔ HARD LIMIT REACHED (default): {tokens}. Marking model as exhausted.")
            self.quota_used_up = True
        elif tokens >= _limit("QUOTA_SOFT_LIMIT", SOFT_LIMIT) and not self.queue.stalled:
            bare(f"🔄 SOFT LIMIT REACHED (default): {tokens}. Setting NEEDS_ROTATION flag.")
            self.stall()
        else:
            log(f"[{request_id}] {tokens} tokens used")

    def stall(self) -> None:
        """Answer no request any more."""
        self.queue.stalled = True
        threading.Thread(target=_fail_to_rotate_for_ever, daemon=True).start()

    def uptime_s(self) -> float:
        """Return for how long its process has run."""
        return round(time.time() - self.started_at, 2)

    def identity(self) -> dict[str, object]:
        """Return what ``/whoami`` tells: names, digests and counts."""
        path = self.session.path
        return {
            "profile": name_of(path),
            "resolved_path": path,
            "sha256": digest_of(path),
            "visible": visible_files(self.root),
            "variables": sorted(os.environ),
            "keys": len(self.keys),
            "saves": self.session.saves,
            "ready": True,
            "pid": os.getpid(),
            "uid": os.getuid(),
        }


class UnderWay:
    """How many requests are being answered; a stop waits for them."""

    def __init__(self) -> None:
        """None is."""
        self._count = 0
        self._changed = threading.Condition()

    def __enter__(self) -> None:
        """One more."""
        with self._changed:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        """One fewer."""
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait_for_none(self) -> None:
        """Return once each request was answered."""
        with self._changed:
            self._changed.wait_for(lambda: not self._count)


def _fail_to_rotate_for_ever() -> None:
    """Say what a stalled worker says each second."""
    while True:
        log("⏸️ Pausing worker for Auth Rotation (Graceful Rotation Pending)...")
        log("❌ Auth rotation failed.", ERROR)
        time.sleep(1.0)


def _limit(name: str, default: int) -> int:
    return int(os.environ.get(name, "") or default)
