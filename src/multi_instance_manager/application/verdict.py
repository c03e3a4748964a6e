"""The verdicts on an instance: one notion of health everywhere. Pure."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """The verdict on an instance.

    READY: it reports ready, and nothing contradicts that. BUSY: it serves a request, and others
    wait. SIGNED_OUT: its login is gone or has expired. CHALLENGED: the web site shows it another
    page than the application's. QUOTA: the account's quota is used up. STALLED: it accepts requests
    and answers none. BROWSER_GONE: its browser or the browser's driver is gone. OUT_OF_MEMORY: the
    kernel killed a part of it for lack of memory. CRASH_LOOP: its main process restarts again and
    again. NOT_READY: it runs, its time to start is over, and it does not report ready. UNKNOWN: the
    engine could not report it.
    """

    READY = "ready"
    BUSY = "busy"
    STARTING = "starting"
    NOT_READY = "not ready"
    SIGNED_OUT = "signed out"
    CHALLENGED = "challenged"
    QUOTA = "quota used up"
    STALLED = "stalled"
    BROWSER_GONE = "browser gone"
    OUT_OF_MEMORY = "out of memory"
    CRASH_LOOP = "crash loop"
    QUARANTINED = "quarantined"
    STOPPED_BY_HAND = "stopped by hand"
    STOPPED = "stopped"
    PAUSED = "paused"
    MISSING = "missing"
    DISABLED = "disabled"
    UNUSABLE = "unusable"
    NOT_ASKED = "running, not asked"
    UNKNOWN = "unknown"


class Meaning(StrEnum):
    """The meaning of a log line: a verdict, or an event of the instance.

    BEGAN, ENDED: its main process. RECOVERED: an earlier problem is over. SAVED, NOT_SAVED: its
    session. REQUEST_…: one request at a time, from its turn to its end. A request that was answered
    without a failure was served, and proves that earlier problems are over. A client that leaves
    gives up its unanswered request.
    """

    BEGAN = "began"
    ENDED = "ended"
    READY = "ready"
    RECOVERED = "recovered"
    SAVED = "saved"
    NOT_SAVED = "not saved"
    REQUEST_BEGAN = "request began"
    REQUEST_ANSWERED = "request answered"
    REQUEST_FAILED = "request failed"
    REQUEST_GIVEN_UP = "request given up"
    REQUEST_ENDED = "request ended"
    SIGNED_OUT = Verdict.SIGNED_OUT.value
    CHALLENGED = Verdict.CHALLENGED.value
    QUOTA = Verdict.QUOTA.value
    STALLED = Verdict.STALLED.value
    BROWSER_GONE = Verdict.BROWSER_GONE.value
    OUT_OF_MEMORY = Verdict.OUT_OF_MEMORY.value
    CRASH_LOOP = Verdict.CRASH_LOOP.value

    @property
    def verdict(self) -> Verdict | None:
        """Return the verdict of the line by itself; None for an event."""
        return None if self in _EVENTS else Verdict(self.value)


_EVENTS = {
    Meaning.BEGAN,
    Meaning.ENDED,
    Meaning.READY,
    Meaning.RECOVERED,
    Meaning.SAVED,
    Meaning.NOT_SAVED,
    Meaning.REQUEST_BEGAN,
    Meaning.REQUEST_ANSWERED,
    Meaning.REQUEST_FAILED,
    Meaning.REQUEST_GIVEN_UP,
    Meaning.REQUEST_ENDED,
}
