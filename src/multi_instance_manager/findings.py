"""What the checks before a launch found: plain data, for one report. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    """An error stops the launch before anything is touched; a warning is only said."""

    ERROR = "error"
    WARNING = "warning"


class Finding(msgspec.Struct, frozen=True):
    """One problem: what it is about, what is the case, and what to do about it.

    ``profile_name`` is the profile that it is about, as the pool has it: two names that differ may
    be shown as one in the subject.
    """

    severity: Severity
    code: str
    subject: str
    fact: str
    next_step: str = ""
    profile_name: str | None = None

    def sentence(self) -> str:
        """The finding as one sentence for people."""
        ending = f"; {self.next_step}" if self.next_step else ""
        return f"{self.subject}: {self.fact}{ending}"


def error(code: str, subject: str, fact: str, next_step: str) -> Finding:
    """A finding that stops the launch."""
    return Finding(Severity.ERROR, code, subject, fact, next_step)


def warning(code: str, subject: str, fact: str, next_step: str = "") -> Finding:
    """A finding that is only said."""
    return Finding(Severity.WARNING, code, subject, fact, next_step)


def finding_of(code: str, problem: Exception, severity: Severity = Severity.ERROR) -> Finding:
    """The finding that one of our errors tells, whose text is ``subject: fact; next step``."""
    subject, _, rest = str(problem).partition(": ")
    fact, _, step = rest.partition("; ")
    return Finding(severity, code, subject, fact, step)


def errors_of(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that stop a launch."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)
