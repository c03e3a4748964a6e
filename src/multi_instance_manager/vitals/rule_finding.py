"""What a rule of the diagnosis finds. Pure."""

from __future__ import annotations

import msgspec

from multi_instance_manager.application.verdict import Verdict


class Evidence(msgspec.Struct, frozen=True):
    """One thing that was seen.

    ``sign`` names where: container, health, log, processes, memory, queue, models, uptime,
    question, login.
    ``at`` is when it was so, in seconds since the epoch; None for now, or where it is not known.
    ``is_foreign``: it quotes what the container wrote, and is to be redacted before it is shown.
    """

    sign: str
    seen: str
    at: float | None = None
    is_foreign: bool = False


class Diagnosis(msgspec.Struct, frozen=True):
    """One verdict. ``advice`` says what to do: words, with commands in backticks.

    ``PROFILE`` in it stands for the profile's name. ``round_began_at`` is when the last round of a
    loop began, whatever its verdict; None where there is no loop.
    """

    verdict: Verdict
    evidence: tuple[Evidence, ...] = ()
    advice: tuple[str, ...] = ()
    round_began_at: float | None = None

    @property
    def is_loop(self) -> bool:
        """Whether it begins again and again, whatever is the cause of that."""
        return self.round_began_at is not None or self.verdict is Verdict.CRASH_LOOP
