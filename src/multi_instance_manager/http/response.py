"""The answer of an HTTP server, as data. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    pass


class Answer(msgspec.Struct, frozen=True):
    """``status`` is None if nothing answered; ``fault`` then says why."""

    status: int | None
    fault: str = ""

    @property
    def said(self) -> str:
        """Return what happened, as words after a name: ``answers 503``, ``refuses connections``."""
        return f"answers {self.status}" if self.status else self.fault
