"""Finds requests in a log that were certainly served. Pure.

A request that is over proves nothing: its client may have given up, or the site refused it. It was
served if it was answered, and none of its lines reports a failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.application.verdict import Meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.vitals.log_marks import LogMark

_NEW_LIFE = {Meaning.BEGAN, Meaning.ENDED}


def served_ends(marks: Sequence[LogMark]) -> frozenset[int]:
    """Return the indexes of the marks at which a served request ended."""
    found: list[int] = []
    is_open = is_answered = False
    for place, mark in enumerate(marks):
        if mark.meaning is Meaning.REQUEST_BEGAN:
            is_open, is_answered = True, False
        elif mark.meaning is Meaning.REQUEST_ANSWERED:
            is_answered = is_open
        elif mark.meaning is Meaning.REQUEST_ENDED and is_open and is_answered:
            found.append(place)
        is_left = mark.meaning is Meaning.REQUEST_GIVEN_UP and not is_answered
        if is_left or _spoils(mark.meaning):
            is_open = is_answered = False
    return frozenset(found)


def _spoils(meaning: Meaning) -> bool:
    """Whether a request in progress cannot count as served after such a line."""
    is_over = meaning in {Meaning.REQUEST_FAILED, Meaning.REQUEST_ENDED} | _NEW_LIFE
    return is_over or meaning.verdict is not None
