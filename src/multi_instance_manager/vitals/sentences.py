"""A diagnosis in a sentence that goes on from an instance's name. Pure."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from multi_instance_manager.text.amounts import rough_span_text
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.vitals.rule_finding import Diagnosis, Evidence


def sentence(diagnosis: Diagnosis, redact: Callable[[str], str], *, now: float | None) -> str:
    """``signed out: <line> (2026-01-02 03:04:05 UTC, 3m ago)``.

    Without ``now`` no age is told: what is kept and shown again later would tell a false one.
    """
    seen = "; ".join(evidence_text(one, redact, now=now) for one in diagnosis.evidence)
    return f"{diagnosis.verdict}: {seen}" if seen else diagnosis.verdict.value


def evidence_text(evidence: Evidence, redact: Callable[[str], str], *, now: float | None) -> str:
    """What was seen and when, without secrets and fit for a terminal."""
    return with_moment(seen_text(evidence, redact), evidence.at, now=now)


def seen_text(evidence: Evidence, redact: Callable[[str], str]) -> str:
    """What was seen alone."""
    return printable(redact(evidence.seen) if evidence.is_foreign else evidence.seen)


def with_moment(seen: str, at: float | None, *, now: float | None) -> str:
    """A text with its moment by the clock of UTC, and how long before ``now`` that was."""
    if at is None:
        return seen
    moment = datetime.fromtimestamp(at, tz=UTC)
    age = "" if now is None else f", {rough_span_text(max(0.0, now - at))} ago"
    return f"{seen} ({moment:%Y-%m-%d %H:%M:%S} UTC{age})"


def advice_text(advice: str, profile_name: str) -> str:
    """What to do, with the profile's name in its place, ready for a shell."""
    return printable(advice.replace("PROFILE", shlex.quote(profile_name)))
