"""Which instances `--probe deep` asks its real question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from multi_instance_manager.application.verdict import Meaning
from multi_instance_manager.commands.look.deep_probe import is_to_be_asked
from multi_instance_manager.http.response import Answer
from multi_instance_manager.probe.vital_signs import InnerSigns
from multi_instance_manager.vitals.log_marks import LogMark
from multi_instance_manager.vitals.log_story import LogStory
from unit.test_member_status import DEAF, NOW, READY, reading_of, seen_of

if TYPE_CHECKING:
    from multi_instance_manager.commands.look.instance_status import Seen


def said(meaning: Meaning, health: Answer = READY, rounds: tuple[float, ...] = ()) -> Seen:
    story = LogStory(telling=LogMark(meaning, NOW - 50, "what it said"), rounds=rounds)
    return seen_of(replace(reading_of(health=health), inner=InnerSigns(log=story)))


@pytest.mark.parametrize(
    "meaning", [Meaning.SIGNED_OUT, Meaning.QUOTA, Meaning.BROWSER_GONE, Meaning.STALLED]
)
def test_one_that_says_ready_is_asked_whatever_its_log_said(meaning: Meaning) -> None:
    assert is_to_be_asked(said(meaning))
    assert not is_to_be_asked(said(meaning, DEAF))


def test_one_that_looks_ready_is_asked_and_one_in_a_loop_is_not() -> None:
    assert is_to_be_asked(seen_of())
    assert not is_to_be_asked(seen_of(reading_of(health=DEAF)))
    assert not is_to_be_asked(said(Meaning.CRASH_LOOP, rounds=(NOW - 40, NOW - 30, NOW - 20)))
