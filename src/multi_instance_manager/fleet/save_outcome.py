"""Whether a session was saved when its instance was stopped, and why not. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    pass


class Save(StrEnum):
    """Whether the session was saved at the stop.

    SAVED_BEFORE: it was saved while the instance ran, copied to the pool at the stop, and the stop
    added nothing. NOTHING_NEW: the saved content had not changed.
    """

    SAVED_NOW = "saved now"
    SAVED_BEFORE = "saved before"
    NOTHING_NEW = "nothing new"
    NOT_SAVED = "not saved"


class Unsaved(StrEnum):
    """Why a session was not saved.

    KILLED: the engine ended it by force. TIME_RAN_OUT: it was asked to end, and had not in time.
    SIGNED_OUT: its copy holds no login any more. TORN: its copy is half a file. TOO_LARGE, CLOSED:
    its copy cannot be read, and stays. NO_MAIN_PROCESS: there was no process to ask, for example
    between two crashes. NOT_ASKED: there was no way to ask it. ENDED_WITHOUT: it was asked to end,
    and wrote nothing, because its browser was gone or it was still starting. NEVER_SEEN_READY: the
    same, and no run has verified it.
    """

    KILLED = "killed"
    TIME_RAN_OUT = "time ran out"
    SIGNED_OUT = "signed out"
    TORN = "torn"
    TOO_LARGE = "too large"
    CLOSED = "closed to this user"
    NO_MAIN_PROCESS = "its main process was not running"
    NOT_ASKED = "it could not be asked to end"
    ENDED_WITHOUT = "it ended without saving"
    NEVER_SEEN_READY = "it ended without saving, and was never seen ready"


class LastSave(msgspec.Struct, frozen=True):
    """The last save of a session; ``why`` is there where it was not saved.

    ``was_killed``: the engine ended its container by force.
    """

    save: Save
    why: Unsaved | None = None
    was_killed: bool = False

    @property
    def may_have_lost(self) -> bool:
        """Whether session data may be lost.

        A login that has ended, and an application that was not running, had nothing to save.
        """
        return self.why in _LOSSES

    def __str__(self) -> str:
        return f"{self.save}: {self.why}" if self.why else self.save.value


_LOSSES = {
    Unsaved.KILLED,
    Unsaved.TIME_RAN_OUT,
    Unsaved.NOT_ASKED,
    Unsaved.TORN,
    Unsaved.TOO_LARGE,
    Unsaved.CLOSED,
}
