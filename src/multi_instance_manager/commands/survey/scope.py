"""Which profiles of a pool a launch is about: all of them, or those that were named. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.checks.preflight import SECOND_WRITER
from multi_instance_manager.commands.survey.selection import select

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from multi_instance_manager.findings import Finding
    from multi_instance_manager.sessions.profile import Pool


class Scope(msgspec.Struct, frozen=True):
    """The profiles by name; ``is_all`` also covers containers without a profile."""

    names: frozenset[str]
    is_all: bool = True

    def findings_in(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings without those of other profiles."""
        return [finding for finding in findings if self.is_all or self._covers(finding)]

    def _covers(self, finding: Finding) -> bool:
        if finding.profile_name is None:
            return finding.code != SECOND_WRITER  # that one is about an orphan
        return finding.profile_name in self.names


def scope_of(patterns: Sequence[str], pool: Pool) -> Scope:
    """Return the scope of names and globs; raises `UsageProblems` for one without a match.

    In an empty pool nothing matches: its finding says more.
    """
    if not patterns or not pool.lessees:
        return Scope(pool.lessees)
    return Scope(frozenset(select(patterns, sorted(pool.lessees))), is_all=False)
