"""A diagnosis as the rest of a sentence after an instance's name. Pure."""

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
    """Return ``signed out: <line> (2026-01-02 03:04:05 UTC, 3m ago)``.

    Without ``now`` it has no age: a stored sentence would show a wrong one later.
    """
    seen = "; ".join(evidence_text(one, redact, now=now) for one in diagnosis.evidence)
    return f"{diagnosis.verdict}: {seen}" if seen else diagnosis.verdict.value


def evidence_text(evidence: Evidence, redact: Callable[[str], str], *, now: float | None) -> str:
    """Return an observation with its time, without secrets and fit for a terminal."""
    return with_moment(seen_text(evidence, redact), evidence.at, now=now)


def seen_text(evidence: Evidence, redact: Callable[[str], str]) -> str:
    """Return an observation without its time."""
    return printable(redact(evidence.seen) if evidence.is_foreign else evidence.seen)


def with_moment(seen: str, at: float | None, *, now: float | None) -> str:
    """Add a time in UTC to a text, and its age before ``now``."""
    if at is None:
        return seen
    moment = datetime.fromtimestamp(at, tz=UTC)
    age = "" if now is None else f", {rough_span_text(max(0.0, now - at))} ago"
    return f"{seen} ({moment:%Y-%m-%d %H:%M:%S} UTC{age})"


def advice_text(advice: str, profile_name: str) -> str:
    """Return what to do, with the profile's name filled in and quoted for a shell."""
    return printable(advice.replace("PROFILE", shlex.quote(profile_name)))
