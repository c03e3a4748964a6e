"""What an application saved of its session when it was asked to end, and why nothing. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.fleet.save_outcome import LastSave, Save, Unsaved
from multi_instance_manager.sessions.sync_state import SyncOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable


class EndedHow(StrEnum):
    """How an application's end came about.

    BY_ITSELF: it was asked, and saved or ended in time. BY_STOP: the engine's stop is what asks it.
    """

    BY_ITSELF = "by itself"
    BY_STOP = "by the engine's stop"
    TIME_RAN_OUT = "time ran out"
    NO_MAIN_PROCESS = "no main process"
    NOT_ASKED = "not asked"


class Ending(msgspec.Struct, frozen=True):
    """What was seen while an application ended.

    ``has_written``: its copy is another than before; ``killed``: by the engine, after its time,
    and without having written.
    ``lacks_save``: it is known to save when it ends, and did not. ``was_proven``: by any run.
    """

    how: EndedHow
    has_written: bool = False
    killed: bool = False
    lacks_save: bool = False
    was_proven: bool = True


_NOT_TAKEN = {
    SyncOutcome.TORN: Unsaved.TORN,
    SyncOutcome.TOO_LARGE: Unsaved.TOO_LARGE,
    SyncOutcome.CLOSED: Unsaved.CLOSED,
}
_WITHOUT_A_SAVE = {
    EndedHow.TIME_RAN_OUT: Unsaved.TIME_RAN_OUT,
    EndedHow.NO_MAIN_PROCESS: Unsaved.NO_MAIN_PROCESS,
    EndedHow.NOT_ASKED: Unsaved.NOT_ASKED,
}


def last_save_of(ending: Ending, fate: SyncOutcome | None) -> LastSave:
    """The last save, by what was seen at the end and what became of the session afterwards."""
    if fate in _NOT_TAKEN:
        return LastSave(Save.NOT_SAVED, _NOT_TAKEN[fate])
    if fate is SyncOutcome.LOGIN_LOST:
        return LastSave(Save.NOT_SAVED, Unsaved.SIGNED_OUT)
    if ending.has_written:
        return LastSave(Save.SAVED_NOW)
    why = _WITHOUT_A_SAVE.get(ending.how)
    if ending.killed and why is not Unsaved.TIME_RAN_OUT:
        why = Unsaved.KILLED
    if why is None and ending.lacks_save:
        why = Unsaved.ENDED_WITHOUT if ending.was_proven else Unsaved.NEVER_SEEN_READY
    if why:
        return LastSave(Save.NOT_SAVED, why, ending.killed)
    return LastSave(Save.SAVED_BEFORE if fate is SyncOutcome.SAVED else Save.NOTHING_NEW)


def gravest_ending(endings: Iterable[Ending | None]) -> Ending | None:
    """The one to tell of, where several containers of an instance were stopped."""
    seen = [ending for ending in endings if ending is not None]
    lossy = [e for e in seen if last_save_of(e, None).may_have_lost]
    return next(iter(lossy or seen), None)


def loss_in_words(last_save: LastSave) -> str | None:
    """What a person is to know of a session that may be lost, or of one that has ended."""
    if last_save.why is Unsaved.TIME_RAN_OUT:
        return _TIME_RAN_OUT.format("killed" if last_save.was_killed else "stopped")
    return _WORDS.get(last_save.why) if last_save.why else None


_MAYBE = "its last session may not be saved"
_TIME_RAN_OUT = f"was asked to end, had not when its time ran out, and was {{}}: {_MAYBE}"
_WORDS = {
    Unsaved.KILLED: f"did not end in time and was killed: {_MAYBE}",
    Unsaved.NOT_ASKED: f"could not be asked to end before its container was stopped: {_MAYBE}",
    Unsaved.ENDED_WITHOUT: "ended without saving: anything that it had since its last save is gone",
    Unsaved.NEVER_SEEN_READY: "ended without saving, and was never seen ready since its launch: "
    "it may have had nothing to save",
    Unsaved.NO_MAIN_PROCESS: "its main process was not running, so there was nothing to save",
}
