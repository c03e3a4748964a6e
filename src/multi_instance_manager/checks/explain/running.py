"""Reasons why an instance that runs is not well, and what is said of one that is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.checks.explain.reason import UP, Reason, command, step_of
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.text.amounts import lasting
from multi_instance_manager.text.plurals import counted
from multi_instance_manager.vitals.diagnosis import is_well
from multi_instance_manager.vitals.sentences import advice_text, sentence

if TYPE_CHECKING:
    from multi_instance_manager.checks.explain.instance_facts import InstanceFacts

_SAID_BY_HEALTH = {Verdict.NOT_READY, Verdict.STARTING}


def unwell(facts: InstanceFacts) -> Reason | None:
    """Its vital signs say what is wrong with it, whatever it answers."""
    found, health = facts.diagnosis, facts.health
    if found is None or facts.state is not ContainerState.RUNNING or is_well(found.verdict):
        return None
    unreachable = facts.status is not None and facts.status.publishes_nothing
    said_by_health = found.verdict in _SAID_BY_HEALTH and not unreachable
    if said_by_health and health is not None and not health.is_ready:
        return None  # the next rules have what it says of itself
    told = sentence(found, str, now=facts.now)
    steps = tuple(advice_text(step, facts.profile_name) for step in found.advice)
    return Reason(found.verdict.replace(" ", "-"), f"is not well: {told}", steps)


def not_ready(facts: InstanceFacts) -> Reason | None:
    """It answers, and says that it does not serve."""
    health = facts.health
    if health is None or health.is_ready or health.status is None:
        return None
    sentence = f"{_not_yet(facts)}: {health.sentence()}{_crashes(facts)}"
    return Reason("not-ready", sentence, _look(facts))


def not_reached(facts: InstanceFacts) -> Reason | None:
    """Its process runs, and nobody answers at its port."""
    health = facts.health
    if health is None or health.is_ready:
        return None
    sentence = f"{_not_yet(facts)}: {facts.api_url} {health.sentence()}{_crashes(facts)}"
    return Reason("not-answering", sentence, _look(facts))


def image_gone(facts: InstanceFacts) -> Reason | None:
    """It serves from an image that is not there any more: it could not be launched again."""
    found = facts.finding("image")
    if found is None:
        return None
    sentence = f"runs, but could not be launched again: {found.subject} {found.fact}"
    return Reason("image-gone", sentence, step_of(found))


def replacement_undone(facts: InstanceFacts) -> Reason | None:
    """It serves as it did, because what was to take its place did not."""
    if facts.kind is not OperationKind.REPLACE or not facts.undone:
        return None
    said = "is ready" if facts.health else "runs"
    sentence = f"{said}, and its replacement ({facts.causes}) came to nothing: {facts.undone}"
    log = (f"see {facts.log_files[-1]}",) if facts.log_files else ()
    return Reason("undone", sentence, (*log, f"once that is put right: {UP}"))


def would_be_replaced(facts: InstanceFacts) -> Reason | None:
    """It serves, and not as it is wanted now."""
    if facts.kind not in {OperationKind.REPLACE, OperationKind.REMOVE}:
        return None
    said = "is ready, and" if facts.health else "runs, and"
    sentence = f"{said} would be replaced by `up`: {facts.causes}"
    return Reason("out-of-date", sentence, ("multi-instance plan", UP))


def well(facts: InstanceFacts) -> str:
    """What is said of an instance that nothing is wrong with."""
    up = facts.since(facts.status.started_at) if facts.status else None
    word = facts.diagnosis.verdict if facts.diagnosis else Verdict.READY
    return f"is {word}" + (f", up for {lasting(up)}" if up is not None else "") + _crashes(facts)


def _not_yet(facts: InstanceFacts) -> str:
    up = facts.since(facts.status.started_at) if facts.status else None
    is_starting = facts.diagnosis is not None and facts.diagnosis.verdict is Verdict.STARTING
    if up is not None and is_starting:
        return f"is still starting (since {lasting(up)})"
    return "is not ready" + (f" (up for {lasting(up)})" if up is not None else "")


def _crashes(facts: InstanceFacts) -> str:
    count = facts.status.restart_count if facts.status else 0
    if not count:
        return ""
    return f"; it has crashed and been started again {counted(count, 'time')}"


def _look(facts: InstanceFacts) -> tuple[str, ...]:
    return (command(facts, "logs"), command(facts, "restart"))
