"""Reasons of how an instance stands with its pool, its profile and earlier runs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.checks.explain.reason import DOCTOR, UP, Reason, command, step_of
from multi_instance_manager.plan.causes import CauseCode
from multi_instance_manager.plan.plan import OperationKind

if TYPE_CHECKING:
    from multi_instance_manager.checks.explain.instance_facts import InstanceFacts


def no_engine(facts: InstanceFacts) -> Reason | None:
    """Nothing is known where no engine answers."""
    found = facts.finding("engine")
    if found is None:
        return None
    sentence = f"cannot be looked at: {found.subject} {found.fact}"
    return Reason("engine-unreachable", sentence, (*step_of(found), DOCTOR))


def profile_unusable(facts: InstanceFacts) -> Reason | None:
    """The profile's file is there, and no instance can start on it."""
    if not facts.is_refused:
        return None
    found = facts.finding("profile")
    fact = found.fact if found else "cannot be used"
    runs = "; its container runs on its own copy" if facts.is_up else ""
    steps = (*(step_of(found) if found else ()), command(facts, "profiles history"))
    return Reason("profile-unusable", f"cannot be launched: its profile {fact}{runs}", steps)


def profile_gone(facts: InstanceFacts) -> Reason | None:
    """A container is left whose profile is not in the pool any more."""
    if facts.has_profile:
        return None
    state = f" (it is {facts.state})" if facts.state else ""
    sentence = f"is not in the pool any more, and its container is left{state}"
    steps = (f"{UP} --remove-orphans", "or put the profile back into the pool")
    return Reason("profile-gone", sentence, steps)


def disabled(facts: InstanceFacts) -> Reason | None:
    """The configuration says that it is not to run."""
    if not facts.is_disabled:
        return None
    state = f"; its container is {facts.state}" if facts.state else ""
    steps = ("take `enabled = false` out of the configuration file", UP)
    return Reason("disabled", f"is disabled by the configuration file{state}", steps)


def name_taken(facts: InstanceFacts) -> Reason | None:
    """Somebody else's container has the name."""
    found = facts.finding("foreign", "name")
    if found is None:
        return None
    return Reason("name-taken", f"cannot be launched: {found.subject} {found.fact}", step_of(found))


def replacement_interrupted(facts: InstanceFacts) -> Reason | None:
    """A manager was cut short between an old container and its replacement."""
    if facts.aside is None or facts.state is not None:
        return None
    sentence = (
        f"is between two containers: a replacement was interrupted, and {facts.aside.name} is the "
        f"one before (it is {facts.aside.state})"
    )
    return Reason("replacement-interrupted", sentence, (UP,))


def replacement_unfinished(facts: InstanceFacts) -> Reason | None:
    """Both containers are there: nobody waited for the new one, or the run was cut short."""
    if facts.aside is None:
        return None
    is_proven = facts.proven_at is not None
    proof = "proven" if is_proven else "not proven yet"
    kept = "is still there" if is_proven else "is kept until `multi-instance up` proves the new one"
    sentence = (
        f"was replaced: its new container is {facts.state} and {proof}, and its predecessor "
        f"{facts.aside.name} (it is {facts.aside.state}) {kept}"
    )
    return Reason("replacement-unfinished", sentence, (UP,))


def stop_cut_short(facts: InstanceFacts) -> Reason | None:
    """The engine may still be at a stop that nobody waits for."""
    if not facts.has_cause(CauseCode.STOP_CUT_SHORT):
        return None
    return Reason("stop-cut-short", facts.causes, (UP,))


def quarantined(facts: InstanceFacts) -> Reason | None:
    """The manager stopped it because it kept crashing."""
    if facts.kind is not OperationKind.QUARANTINED:
        return None
    sentence = f"is quarantined: it was stopped after a launch because it {facts.causes}"
    return Reason("quarantined", sentence, (command(facts, "logs"), f"{UP} --retry"))
