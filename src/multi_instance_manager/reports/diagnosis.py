"""The evidence for a verdict, as a member of other reports."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.moments import moment
from multi_instance_manager.vitals.sentences import advice_text, seen_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.vitals.rule_finding import Diagnosis


class SeenSign(msgspec.Struct, frozen=True, kw_only=True):
    """One observation of an instance."""

    sign: Annotated[
        str,
        Meta(
            description="Its kind: container, health, log, processes, memory, queue, models, "
            "uptime, question, login, profile, configuration or earlier run."
        ),
    ]
    seen: Annotated[str, Meta(description="What was seen, without secrets.")]
    at: Annotated[
        datetime | None, Meta(description="Time of the observation; null: now, or not known.")
    ]


def seen_signs(diagnosis: Diagnosis, redact: Callable[[str], str]) -> tuple[SeenSign, ...]:
    """Return the evidence; ``redact`` masks the secrets in the container's text."""
    return tuple(
        SeenSign(sign=one.sign, seen=seen_text(one, redact), at=moment(one.at))
        for one in diagnosis.evidence
    )


def advice_for(diagnosis: Diagnosis, profile_name: str) -> tuple[str, ...]:
    """Return the advice, for a profile of that name."""
    return tuple(advice_text(text, profile_name) for text in diagnosis.advice)
