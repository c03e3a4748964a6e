"""Checks of the instances that run, by their vital signs. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from multi_instance_manager.application.verdict import Verdict as Condition
from multi_instance_manager.checks.doctor.check_result import (
    CheckOutcome,
    CheckVerdict,
    ok,
    some,
    warned,
)
from multi_instance_manager.vitals.diagnosis import is_well

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.checks.doctor.doctor_facts import Facts

_NAME = "instances"
# It will pass by itself.
_PASSING = {Condition.STARTING}


def check_instances(facts: Facts) -> Iterator[CheckOutcome]:
    """One check for each that is not well, or one that says how they are; then what is missing."""
    if not facts.instances:
        yield ok(_NAME, "none is launched")
        return
    ill = [one for one in facts.instances if not is_well(one.verdict)]
    for one in ill:
        seen = f"{one.profile_name}: {one.seen}"
        if one.verdict in _PASSING:
            yield warned(_NAME, seen, one.next_step)
        else:
            yield CheckOutcome(_NAME, CheckVerdict.ERROR, seen, one.next_step)
    if not ill:
        counted = Counter(one.verdict.value for one in facts.instances)
        yield ok(_NAME, ", ".join(f"{number} {word}" for word, number in counted.items()))
    if facts.missing:
        seen = f"no container: {some(facts.missing)}"
        yield warned(_NAME, seen, "`multi-instance up` launches what is missing")
