"""The finding of a rule of the diagnosis. Pure."""

from __future__ import annotations

import msgspec

from multi_instance_manager.application.verdict import Verdict


class Evidence(msgspec.Struct, frozen=True):
    """One observation.

    ``sign`` names its kind: container, health, log, processes, memory, queue, models, uptime,
    question, login.
    ``at`` is its time, in seconds since the epoch; None for now, or if unknown.
    ``is_foreign``: it quotes the container's text, and must be redacted before it is shown.
    """

    sign: str
    seen: str
    at: float | None = None
    is_foreign: bool = False


class Diagnosis(msgspec.Struct, frozen=True):
    """One verdict. ``advice`` says what to do: words, with commands in backticks.

    ``PROFILE`` in it stands for the profile's name. ``round_began_at`` is when the last round of a
    loop began, whatever its verdict; None without a loop.
    """

    verdict: Verdict
    evidence: tuple[Evidence, ...] = ()
    advice: tuple[str, ...] = ()
    round_began_at: float | None = None

    @property
    def is_loop(self) -> bool:
        """Whether it restarts again and again, whatever the cause."""
        return self.round_began_at is not None or self.verdict is Verdict.CRASH_LOOP
