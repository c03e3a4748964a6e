"""The evidence beneath a verdict: every fact that bears on it, by name. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.host.port_holder import holders_text
from multi_instance_manager.sessions.login_state import LoginState
from multi_instance_manager.text.amounts import ago, size
from multi_instance_manager.text.sentence import problem_text
from multi_instance_manager.text.times import moment
from multi_instance_manager.vitals.sentences import evidence_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.checks.explain.instance_facts import InstanceFacts
    from multi_instance_manager.findings import Finding

_SHORT_ID = 12
_SHORT_IMAGE_ID = 19
# Told by the evidence itself, or about the pool as a whole.
_TOLD = {"expired"}
_OWN_LINES = {"health", "container", "login", "earlier run", "profile", "configuration"}


def evidence_of(facts: InstanceFacts) -> tuple[tuple[str, str], ...]:
    """Name and what is the case, in the order in which a person would look."""
    return tuple((name, text) for name, text in _all(facts) if text)


def _all(facts: InstanceFacts) -> Iterator[tuple[str, str]]:
    yield "container", _container(facts)
    yield "state", _state(facts)
    yield from _signs(facts)
    yield "last exit", _exit(facts)
    yield "restarts", _restarts(facts)
    yield "engine's error", facts.status.error if facts.status else ""
    yield "health", facts.health.sentence() if facts.health else ""
    yield "ports", _ports(facts)
    yield "image", _image(facts)
    yield "login", _login(facts)
    yield "session", facts.custody
    yield "proof", _proof(facts)
    yield "plan", _plan(facts)
    yield "set aside", _aside(facts)
    for finding in facts.findings:
        if finding.code not in _TOLD:
            yield "finding", _sentence(finding)
    for line in facts.journal:
        yield "journal", line
    for path in facts.log_files:
        yield "kept log", path


def _signs(facts: InstanceFacts) -> Iterator[tuple[str, str]]:
    """What the verdict by its vital signs rests on; its health has a line of its own."""
    if facts.diagnosis is None:
        return
    yield "condition", facts.diagnosis.verdict.value
    for one in facts.diagnosis.evidence:
        if one.sign not in _OWN_LINES:
            yield f"sign: {one.sign}", evidence_text(one, str, now=facts.now)


def _container(facts: InstanceFacts) -> str:
    if not facts.engine_answers:
        return f"{facts.container_name}: not known, no engine answers"
    if facts.container is None:
        return f"{facts.container_name}: does not exist"
    return f"{facts.container.name} ({facts.container.container_id[:_SHORT_ID]})"


def _state(facts: InstanceFacts) -> str:
    if facts.state is None:
        return ""
    started = facts.status.started_at if facts.status and facts.is_up else None
    return f"{facts.state}" + (f", started {moment(started)}" if started else "")


def _exit(facts: InstanceFacts) -> str:
    status = facts.status
    if status is None or status.finished_at is None or facts.state is ContainerState.RUNNING:
        return ""  # while it runs, the engine's number is not that of any end
    memory = ", out of memory" if status.oom_killed else ""
    at = f"{moment(status.finished_at)},{ago(facts.since(status.finished_at))}"
    return f"code {status.exit_code}{memory} ({at})"


def _restarts(facts: InstanceFacts) -> str:
    status = facts.status
    if status is None:
        return ""
    policy = {True: ", by itself whenever it ends", False: ", never by itself", None: ""}
    limit = status.memory_limit_bytes
    memory = f"; memory limit {size(limit)}" if limit else "; no memory limit"
    return f"{status.restart_count}{policy[facts.restarts_by_itself]}{memory}"


def _ports(facts: InstanceFacts) -> str:
    if facts.ports is None:
        return ""
    if not facts.engine_answers:
        return f"API {facts.ports[0]}, stream {facts.ports[1]}"
    state = "its own" if facts.is_up else "free"
    if facts.status and facts.status.publishes_nothing:
        state = "not published"
    told = (
        f"{name} {port}: held by {holders_text(facts.holders[port])}"
        if port in facts.holders
        else f"{name} {port}: {state}"
        for name, port in zip(("API", "stream"), facts.ports, strict=True)
    )
    return ", ".join(told)


def _image(facts: InstanceFacts) -> str:
    if facts.container is None:
        return facts.image_name
    shown = facts.container.image_id[:_SHORT_IMAGE_ID]
    return f"{facts.container.image_name} ({shown})" if shown else facts.container.image_name


def _login(facts: InstanceFacts) -> str:
    if not facts.has_profile or facts.is_refused:
        return ""
    words = {
        LoginState.VALID: "not expired, by its cookies",
        LoginState.EXPIRED: "has expired, by its cookies",
        LoginState.GONE: "its login cookies are gone",
        LoginState.NO_LOGIN: "none of its cookies carries a login",
        LoginState.UNKNOWN: "cannot be read",
    }
    state, ends_at = facts.login.state, facts.login.ends_at
    verbs = {LoginState.VALID: "ends", LoginState.EXPIRED: "ended"}
    end = f"; it {verbs[state]} {moment(ends_at)}" if ends_at and state in verbs else ""
    return words[state] + end


def _proof(facts: InstanceFacts) -> str:
    if facts.container is None:
        return ""
    if facts.proven_at is None:
        return "none since its last start"
    return f"proven{ago(facts.since(facts.proven_at))}"


def _plan(facts: InstanceFacts) -> str:
    if facts.operation is None or not facts.engine_answers:
        return ""
    return f"{facts.kind}: {facts.causes}"


def _aside(facts: InstanceFacts) -> str:
    if facts.aside is None:
        return ""
    return f"{facts.aside.name} ({facts.aside.container_id[:_SHORT_ID]}), {facts.aside.state}"


def _sentence(finding: Finding) -> str:
    return problem_text(finding.subject, finding.fact)
