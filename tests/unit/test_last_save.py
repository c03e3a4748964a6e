"""What is said of the last save, by what was seen at the end."""

from __future__ import annotations

import pytest

from multi_instance_manager.fleet.save_outcome import LastSave, Save, Unsaved
from multi_instance_manager.sessions.last_save import (
    EndedHow,
    Ending,
    gravest_ending,
    last_save_of,
    loss_in_words,
)
from multi_instance_manager.sessions.sync_state import SyncOutcome

WROTE: dict[str, bool] = {"has_written": True}
WROTE_NOTHING: dict[str, bool] = {}
ENDED_WITHOUT: dict[str, bool] = {"lacks_save": True}
NEVER_READY: dict[str, bool] = {"lacks_save": True, "was_proven": False}
NOT_SEEN = "not saved: it ended without saving, and was never seen ready"
WAS_KILLED: dict[str, bool] = {"killed": True}


@pytest.mark.parametrize(
    ("how", "seen", "fate", "told"),
    [
        (EndedHow.BY_ITSELF, WROTE, SyncOutcome.SAVED, "saved now"),
        (EndedHow.BY_STOP, WROTE, SyncOutcome.SAVED, "saved now"),
        (EndedHow.TIME_RAN_OUT, WROTE, SyncOutcome.SAVED, "saved now"),
        (EndedHow.BY_ITSELF, WROTE, SyncOutcome.KEPT, "saved now"),
        (EndedHow.BY_ITSELF, WROTE_NOTHING, SyncOutcome.UNCHANGED, "nothing new"),
        (EndedHow.BY_STOP, WROTE_NOTHING, SyncOutcome.UNCHANGED, "nothing new"),
        (EndedHow.BY_STOP, WROTE_NOTHING, SyncOutcome.SAVED, "saved before"),
        (EndedHow.BY_ITSELF, NEVER_READY, SyncOutcome.UNCHANGED, NOT_SEEN),
        (
            EndedHow.BY_ITSELF,
            ENDED_WITHOUT,
            SyncOutcome.UNCHANGED,
            "not saved: it ended without saving",
        ),
        (EndedHow.BY_ITSELF, ENDED_WITHOUT, SyncOutcome.LOGIN_LOST, "not saved: signed out"),
        (EndedHow.BY_STOP, WAS_KILLED, SyncOutcome.UNCHANGED, "not saved: killed"),
        (EndedHow.NO_MAIN_PROCESS, WAS_KILLED, SyncOutcome.UNCHANGED, "not saved: killed"),
        (EndedHow.TIME_RAN_OUT, WROTE_NOTHING, SyncOutcome.UNCHANGED, "not saved: time ran out"),
        (EndedHow.BY_ITSELF, WROTE, SyncOutcome.LOGIN_LOST, "not saved: signed out"),
        (EndedHow.BY_ITSELF, WROTE_NOTHING, SyncOutcome.LOGIN_LOST, "not saved: signed out"),
        (EndedHow.TIME_RAN_OUT, WROTE, SyncOutcome.TORN, "not saved: torn"),
        (
            EndedHow.NO_MAIN_PROCESS,
            WROTE_NOTHING,
            SyncOutcome.UNCHANGED,
            "not saved: its main process was not running",
        ),
        (EndedHow.NOT_ASKED, WROTE_NOTHING, None, "not saved: it could not be asked to end"),
    ],
)
def test_each_end_is_told_in_a_few_words(
    how: EndedHow, seen: dict[str, bool], fate: SyncOutcome | None, told: str
) -> None:
    assert str(last_save_of(Ending(how, **seen), fate)) == told


@pytest.mark.parametrize(
    ("why", "lossy"),
    [
        (None, False),
        (Unsaved.ENDED_WITHOUT, False),
        (Unsaved.NEVER_SEEN_READY, False),
        (Unsaved.KILLED, True),
        (Unsaved.TIME_RAN_OUT, True),
        (Unsaved.TORN, True),
        (Unsaved.NOT_ASKED, True),
        (Unsaved.SIGNED_OUT, False),
        (Unsaved.NO_MAIN_PROCESS, False),
    ],
)
def test_only_what_may_have_cost_a_session_is_a_failure(why: Unsaved | None, lossy: bool) -> None:
    assert LastSave(Save.NOT_SAVED, why).may_have_lost is lossy


@pytest.mark.parametrize("why", [Unsaved.KILLED, Unsaved.TIME_RAN_OUT, Unsaved.NOT_ASKED])
def test_whoever_may_have_lost_a_session_is_told_so(why: Unsaved) -> None:
    said = loss_in_words(LastSave(Save.NOT_SAVED, why))

    assert said is not None
    assert "its last session may not be saved" in said


@pytest.mark.parametrize(("killed", "word"), [(True, "was killed"), (False, "was stopped")])
def test_one_whose_time_ran_out_is_called_killed_only_where_it_was(killed: bool, word: str) -> None:
    last = last_save_of(Ending(EndedHow.TIME_RAN_OUT, killed=killed), SyncOutcome.UNCHANGED)

    assert last.why is Unsaved.TIME_RAN_OUT
    assert f"had not when its time ran out, and {word}: its last" in str(loss_in_words(last))


def test_nothing_is_called_gone_that_was_never_seen_ready() -> None:
    said = {why: loss_in_words(LastSave(Save.NOT_SAVED, why)) or "" for why in Unsaved}

    assert [why for why, words in said.items() if "is gone" in words] == [Unsaved.ENDED_WITHOUT]


def test_of_several_containers_the_one_that_may_have_lost_something_is_told() -> None:
    fine, lossy = Ending(EndedHow.BY_ITSELF, has_written=True), Ending(EndedHow.TIME_RAN_OUT)

    assert gravest_ending([None, fine, lossy]) is lossy
    assert gravest_ending([fine, None]) is fine
    assert gravest_ending([None]) is None
