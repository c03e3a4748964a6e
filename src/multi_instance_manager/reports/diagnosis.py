"""What a verdict rests on, as a member of other reports."""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.profiles import printable
from multi_instance_manager.reports.moments import moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.vitals.finding import Diagnosis, Evidence

_OF_ADVICE = "PROFILE"


class SeenSign(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was seen of an instance."""

    sign: Annotated[
        str,
        Meta(
            description="Where: container, health, log, processes, memory, queue, models, uptime, "
            "login, profile, configuration or earlier run."
        ),
    ]
    seen: Annotated[str, Meta(description="What was seen, without secrets.")]
    at: Annotated[
        datetime | None, Meta(description="When it was so; null: now, or it is not known.")
    ]


def seen_signs(diagnosis: Diagnosis, redact: Callable[[str], str]) -> tuple[SeenSign, ...]:
    """The evidence; ``redact`` takes the secrets out of what the container wrote."""
    return tuple(
        SeenSign(sign=one.sign, seen=shown(one, redact), at=moment(one.at))
        for one in diagnosis.evidence
    )


def shown(evidence: Evidence, redact: Callable[[str], str]) -> str:
    """The text of one piece of evidence, fit for a terminal."""
    return printable(redact(evidence.seen) if evidence.is_foreign else evidence.seen)


def advice_for(diagnosis: Diagnosis, profile_name: str) -> tuple[str, ...]:
    """What to do, with the profile's name in its place, ready for a shell."""
    return tuple(
        printable(text.replace(_OF_ADVICE, shlex.quote(profile_name))) for text in diagnosis.advice
    )
