"""What became of a session when its instance was harvested."""

from __future__ import annotations

import msgspec

from multi_instance_manager.fleet.save_outcome import LastSave
from multi_instance_manager.sessions.last_save import loss_in_words
from multi_instance_manager.sessions.sync_state import SyncOutcome


class SavedSession(msgspec.Struct, frozen=True):
    """What became of a session, and that in words where there is something to say.

    ``last_save`` is that of a stop, None where the instance did not run.
    """

    fate: SyncOutcome | None
    note: str | None = None
    last_save: LastSave | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """The words, for a report."""
        lost = loss_in_words(self.last_save) if self.last_save else None
        return tuple(note for note in (lost, self.note) if note)
