"""What the checks before a launch found: plain data, for one report. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from multi_instance_manager.text.sentence import problem_text


class Severity(StrEnum):
    """An error stops the launch before anything is touched; a warning needs attention.

    A note only informs. They are in the order in which they are shown.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(msgspec.Struct, frozen=True):
    """One problem: what it is about, what is the case, and what to do about it.

    ``profile_name`` is the profile that it is about, as the pool has it: two names that differ may
    be shown as one in the subject. ``image_name`` is the image that it is about, by the name that
    was asked for.
    """

    severity: Severity
    code: str
    subject: str
    fact: str
    next_step: str = ""
    profile_name: str | None = None
    image_name: str | None = None

    def sentence(self) -> str:
        """The finding as one sentence for people."""
        return problem_text(self.subject, self.fact, self.next_step)


class _Problem(Protocol):
    """An error of ours, which has the same fields."""

    subject: str
    fact: str
    next_step: str


def error(code: str, subject: str, fact: str, next_step: str) -> Finding:
    """A finding that stops the launch."""
    return Finding(Severity.ERROR, code, subject, fact, next_step)


def warning(code: str, subject: str, fact: str, next_step: str = "") -> Finding:
    """A finding that is only said."""
    return Finding(Severity.WARNING, code, subject, fact, next_step)


def note(code: str, subject: str, fact: str) -> Finding:
    """A finding that needs no attention."""
    return Finding(Severity.NOTE, code, subject, fact)


def finding_of(code: str, problem: _Problem, severity: Severity = Severity.ERROR) -> Finding:
    """The finding that one of our errors tells."""
    return Finding(severity, code, problem.subject, problem.fact, problem.next_step)


def errors_of(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that stop a launch."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)
