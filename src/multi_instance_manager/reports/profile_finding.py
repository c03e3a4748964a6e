"""A problem of one saved profile, as a member of other reports."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class ProfileFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One problem of one profile."""

    profile: Annotated[str, Meta(description="Its name; unprintable characters are escaped.")]
    severity: Annotated[str, Meta(description="error: it cannot be used; warning: it still can.")]
    code: Annotated[
        str,
        Meta(
            description="unreadable, invalid, expired, expires-soon, signed-out (its instance has "
            "lost its login), duplicate (of another profile's login) or no-cookies."
        ),
    ]
    fact: Annotated[str, Meta(description="The problem itself.")]
    next_step: Annotated[str, Meta(description="What to do about it.")]

    def sentence(self) -> str:
        """Return the finding as one sentence."""
        return f"profile {self.profile}: {self.fact}; {self.next_step}"
