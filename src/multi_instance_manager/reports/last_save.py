"""The last save of an instance that was stopped, as members of other reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from multi_instance_manager.text.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multi_instance_manager.execute.outcome import Outcome
    from multi_instance_manager.fleet.save_outcome import LastSave

LastSaveWord = Annotated[
    str | None,
    Meta(
        description="Whether its session was saved when it was stopped: saved now, saved before "
        "(the stop added nothing), nothing new or not saved; null: it was not stopped."
    ),
]
UnsavedReason = Annotated[
    str | None,
    Meta(
        description="Why it was not saved: killed, time ran out, signed out, torn, too large, "
        "closed to this user, 'its main process was not running', 'it could not be asked to end', "
        "'it ended without saving' or 'it ended without saving, and was never seen ready'; null "
        "otherwise."
    ),
]


def last_save_word(last_save: LastSave | None) -> str | None:
    """Return the save in a word."""
    return last_save.save.value if last_save else None


def unsaved_reason(last_save: LastSave | None) -> str | None:
    """Return why there was no save; None if there was one."""
    return last_save.why.value if last_save and last_save.why else None


def lost_saves(outcomes: Iterable[Outcome]) -> str:
    """How many of these may have lost their last save, as the end of a sentence; empty for none."""
    lost = sum(1 for o in outcomes if o.last_save and o.last_save.may_have_lost)
    return f"; {counted(lost, 'last save')} may be lost" if lost else ""


def last_save_cell(word: str | None, reason: str | None) -> str:
    """Return both as one cell of a table."""
    return f"{word}: {reason}" if word and reason else word or "-"
