"""The verdict: the gravest of all reasons, in one sentence, and the next step as commands. Pure.

Each rule looks at the facts for one reason. The first that applies is the verdict, so their order
is that of gravity: what keeps an instance from running at all before what ended it, what ended it
before what troubles it while it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.checks.explain import blocked, ended, running
from multi_instance_manager.vitals.diagnosis import AT_REST_ON_PURPOSE

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.checks.explain.instance_facts import InstanceFacts
    from multi_instance_manager.checks.explain.reason import Reason

RULES: tuple[Callable[[InstanceFacts], Reason | None], ...] = (
    blocked.no_engine,
    blocked.profile_unusable,
    blocked.profile_gone,
    blocked.disabled,
    blocked.name_taken,
    blocked.replacement_interrupted,
    blocked.replacement_unfinished,
    blocked.stop_cut_short,
    blocked.quarantined,
    ended.paused,
    ended.keeps_crashing,
    ended.port_held,
    ended.network_lost,
    ended.out_of_memory,
    ended.engine_error,
    ended.image_missing,
    ended.never_launched,
    ended.taken_down,
    ended.container_gone,
    ended.never_started,
    ended.stopped_by_hand,
    ended.ended_by_itself,
    ended.broken_state,
    running.unwell,
    running.not_ready,
    running.not_reached,
    running.image_gone,
    running.replacement_undone,
    running.would_be_replaced,
)


class Explanation(msgspec.Struct, frozen=True):
    """The verdict. ``code`` is for programs; ``steps`` are commands, or words where none helps."""

    code: str
    sentence: str
    is_well: bool
    steps: tuple[str, ...] = ()


def _rests(facts: InstanceFacts) -> bool:
    """Whether a person wants it not to run: then it is well, whatever else is to be said of it."""
    return facts.diagnosis is not None and facts.diagnosis.verdict in AT_REST_ON_PURPOSE


def explain(facts: InstanceFacts) -> Explanation:
    """The verdict on these facts: there always is one."""
    for rule in RULES:
        reason = rule(facts)
        if reason is not None:
            sentence = f"{facts.profile_name} {reason.sentence}"
            return Explanation(reason.code, sentence, _rests(facts), steps=reason.steps)
    return Explanation("well", f"{facts.profile_name} {running.well(facts)}", is_well=True)
