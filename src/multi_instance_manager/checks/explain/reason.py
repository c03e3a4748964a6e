"""One reason for a state, as a rule gives it, and the commands that rules name. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from multi_instance_manager.checks.explain.instance_facts import InstanceFacts
    from multi_instance_manager.findings import Finding

UP = "multi-instance up"
DOCTOR = "multi-instance doctor"


class Reason(msgspec.Struct, frozen=True):
    """The sentence goes on from the profile's name; ``steps`` say what to do."""

    code: str
    sentence: str
    steps: tuple[str, ...] = ()


def command(facts: InstanceFacts, words: str) -> str:
    """``multi-instance WORDS`` for this profile, ready for a shell."""
    return f"multi-instance {words} {shlex.quote(facts.profile_name)}"


def step_of(finding: Finding) -> tuple[str, ...]:
    """A finding's next step, where it has one."""
    return (finding.next_step,) if finding.next_step else ()
