"""The verdict on an instance: every reason, and which of two is the graver."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from msgspec.structs import replace

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.checks.explain import InstanceFacts, evidence_of, explain
from multi_instance_manager.checks.explain.explanation import RULES
from multi_instance_manager.checks.explain.instance_facts import Health
from multi_instance_manager.engine.protocol.engine import ContainerStatus
from multi_instance_manager.findings import error, warning
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.host.port_holder import Holder, HolderKind
from multi_instance_manager.plan.causes import UNCHANGED, Cause, CauseCode
from multi_instance_manager.plan.plan import Operation, OperationKind
from multi_instance_manager.sessions.login_state import LoginSign, LoginState
from multi_instance_manager.vitals.diagnosis import Diagnosis, Evidence
from unit.builders import container_of, spec_of

NOW = 1_800_000_000.0
SPEC = spec_of("user-b")
READY = Health(200)
EXPIRED = warning("expired", "profile user-b", "all cookies expired, the last on 2026-01-02", "")
NO_IMAGE = error("image", "image x:1", "does not exist on this engine", "build it")
DOWN = error("engine", "engine at unix:///x (from --host)", "does not answer", "start Docker")
FOREIGN = error("foreign", "container ai-proxy-user-b", "is not this manager's", "rename it")
UNREADABLE = error("profile", "profile user-b", "is not valid JSON: it is cut off", "save it again")


NGINX = Holder(HolderKind.PROCESS, "nginx", 412)
IS_NEW, GONE = Cause(CauseCode.PROFILE_IS_NEW), Cause(CauseCode.CONTAINER_GONE)
ASKED = Cause(CauseCode.RECREATE)
CRASHED = Cause(CauseCode.QUARANTINED, after="crashed 3 times in a row")
OTHER_KEY = Cause(CauseCode.KEY_CHANGED)
LOUDER = Cause(CauseCode.PART_CHANGED, ("variable SERVER_LOG_LEVEL",))


def status(state: ContainerState, **more: Any) -> ContainerStatus:
    known = ContainerStatus(state, 0, oom_killed=False, restart_count=0, started_at=NOW - 400)
    return replace(known, **more)


def operation(kind: OperationKind, cause: Cause | CauseCode = UNCHANGED) -> Operation:
    why = cause if isinstance(cause, Cause) else Cause(cause)
    return Operation(kind, "user-b", SPEC.container_name, (why,), spec=SPEC)


def facts(state: ContainerState | None = ContainerState.RUNNING, **more: Any) -> InstanceFacts:
    """An instance in that state that is well otherwise."""
    running = state is ContainerState.RUNNING
    over = state is ContainerState.EXITED
    known = InstanceFacts(
        profile_name="user-b",
        container_name=SPEC.container_name,
        now=NOW,
        operation=operation(OperationKind.KEEP),
        container=container_of(SPEC, state) if state else None,
        status=status(state, finished_at=NOW - 180 if over else None) if state else None,
        restarts_by_itself=True if state else None,
        health=READY if running else None,
        ports=SPEC.host_ports,
        api_url=SPEC.api_url,
        image_name="x:1",
        custody="in sync",
        log_tail=("one", "the last line"),
    )
    return replace(known, **more)


SIGNED_OUT = Diagnosis(
    Verdict.SIGNED_OUT, (Evidence("login", "its login has expired", NOW - 7200),), ("log in again",)
)
BETWEEN_TWO = (
    "is between two containers: a replacement was interrupted, and ai-proxy-user-b.previous "
    "is the one before (it is exited)"
)
EXITED, RUNNING = ContainerState.EXITED, ContainerState.RUNNING
PREDECESSOR = container_of(SPEC, EXITED, name=f"{SPEC.container_name}.previous")
LIMIT = 512 * 1024**2
UNFINISHED = (
    "was replaced: its new container is running and not proven yet, and its predecessor "
    "ai-proxy-user-b.previous (it is exited) is kept until `multi-instance up` proves the new one"
)
CASES: dict[str, tuple[InstanceFacts, str, str]] = {
    "engine-unreachable": (
        facts(None, findings=(DOWN,), operation=None),
        "cannot be looked at: engine at unix:///x (from --host) does not answer",
        "start Docker",
    ),
    "profile-unusable": (
        facts(None, is_refused=True, findings=(UNREADABLE,), operation=None),
        "cannot be launched: its profile is not valid JSON: it is cut off",
        "save it again",
    ),
    "profile-gone": (
        facts(has_profile=False, operation=operation(OperationKind.ORPHAN, CauseCode.PROFILE_GONE)),
        "is not in the pool any more, and its container is left (it is running)",
        "multi-instance up --remove-orphans",
    ),
    "disabled": (
        facts(EXITED, is_disabled=True),
        "is disabled by the configuration file; its container is exited",
        "take `enabled = false` out of the configuration file",
    ),
    "name-taken": (
        facts(
            None,
            findings=(FOREIGN,),
            operation=operation(OperationKind.CREATE, IS_NEW),
        ),
        "cannot be launched: container ai-proxy-user-b is not this manager's",
        "rename it",
    ),
    "replacement-interrupted": (
        facts(None, aside=PREDECESSOR),
        BETWEEN_TWO,
        "multi-instance up",
    ),
    "replacement-unfinished": (
        facts(aside=PREDECESSOR),
        UNFINISHED,
        "multi-instance up",
    ),
    "stop-cut-short": (
        facts(operation=operation(OperationKind.START, CauseCode.STOP_CUT_SHORT)),
        "was being stopped when an earlier run was cut short",
        "multi-instance up",
    ),
    "quarantined": (
        facts(EXITED, operation=operation(OperationKind.QUARANTINED, CRASHED)),
        "is quarantined: it was stopped after a launch because it crashed 3 times in a row",
        "multi-instance logs user-b",
    ),
    "paused": (
        facts(ContainerState.PAUSED),
        "is paused by hand: it answers nobody",
        "docker unpause ai-proxy-user-b",
    ),
    "crashing-out-of-memory": (
        facts(
            ContainerState.RESTARTING,
            status=status(
                ContainerState.RESTARTING,
                exit_code=137,
                oom_killed=True,
                restart_count=4,
                memory_limit_bytes=LIMIT,
            ),
        ),
        "keeps crashing: it ran out of memory (limit 512 MB), after 4 restarts",
        "multi-instance up --memory-limit 1024m",
    ),
    "crashing": (
        facts(
            ContainerState.RESTARTING,
            status=status(ContainerState.RESTARTING, exit_code=1, restart_count=7),
        ),
        "keeps crashing: its process exits with code 1, after 7 restarts",
        "multi-instance logs user-b",
    ),
    "port-held": (
        facts(EXITED, holders={3120: (NGINX,)}),
        "is stopped: its stream port 3120 is held by nginx (pid 412)",
        "stop nginx (pid 412), or move all with --base-api-port and --base-stream-port",
    ),
    "network-lost": (
        facts(EXITED, lost_network="its network net was removed and made again"),
        "is stopped: its network net was removed and made again",
        "multi-instance up",
    ),
    "out-of-memory": (
        facts(
            EXITED,
            status=status(
                EXITED,
                exit_code=137,
                oom_killed=True,
                finished_at=NOW - 180,
                memory_limit_bytes=LIMIT,
            ),
        ),
        "is stopped: it ran out of memory (limit 512 MB) 3 minutes ago",
        "multi-instance up --memory-limit 1024m",
    ),
    "engine-error": (
        facts(
            ContainerState.CREATED,
            status=status(ContainerState.CREATED, error="no such device", started_at=None),
        ),
        "is stopped: the engine says: no such device",
        "multi-instance start user-b",
    ),
    "image-missing": (
        facts(
            None,
            findings=(NO_IMAGE,),
            operation=operation(OperationKind.CREATE, IS_NEW),
        ),
        "is not launched: image x:1 does not exist on this engine",
        "build it",
    ),
    "never-launched": (
        facts(None, operation=operation(OperationKind.CREATE, IS_NEW)),
        "was never launched",
        "multi-instance up",
    ),
    "taken-down": (
        facts(None, operation=operation(OperationKind.CREATE, CauseCode.NO_CONTAINER)),
        "has no container: it was taken down, or its last launch came to nothing",
        "multi-instance up",
    ),
    "container-gone": (
        facts(None, operation=operation(OperationKind.CREATE, GONE)),
        "has no container any more: it was removed by hand",
        "multi-instance up",
    ),
    "never-started": (
        facts(ContainerState.CREATED),
        "was created but never started",
        "multi-instance start user-b",
    ),
    "stopped-by-hand": (
        facts(EXITED),
        "was stopped by hand 3 minutes ago",
        "multi-instance start user-b",
    ),
    "exited": (
        facts(
            EXITED,
            restarts_by_itself=False,
            status=status(EXITED, exit_code=1, finished_at=NOW - 7200),
        ),
        "is stopped: its process exited with code 1 2 hours ago: the last line",
        "multi-instance logs user-b",
    ),
    "broken": (
        facts(ContainerState.DEAD),
        "does not run: its container is dead",
        "multi-instance up",
    ),
    "signed-out": (
        facts(diagnosis=SIGNED_OUT),
        "is not well: signed out: its login has expired (2027-01-15 06:00:00 UTC, 2h ago)",
        "log in again",
    ),
    "not-ready": (
        facts(health=Health(503, words="(the browser is not ready yet)")),
        "is not ready (up for 6 minutes): answers 503 (the browser is not ready yet)",
        "multi-instance logs user-b",
    ),
    "not-answering": (
        facts(health=Health(None, "refuses connections")),
        f"is not ready (up for 6 minutes): {SPEC.api_url} refuses connections",
        "multi-instance logs user-b",
    ),
    "image-gone": (
        facts(findings=(NO_IMAGE,), operation=operation(OperationKind.REPLACE, OTHER_KEY)),
        "runs, but could not be launched again: image x:1 does not exist on this engine",
        "build it",
    ),
    "undone": (
        facts(
            operation=operation(OperationKind.REPLACE, OTHER_KEY),
            undone="was not ready after 90 s",
            log_files=("/kept.log",),
        ),
        "is ready, and its replacement (API key changed) came to nothing: was not ready after 90 s",
        "see /kept.log",
    ),
    "out-of-date": (
        facts(operation=operation(OperationKind.REPLACE, LOUDER)),
        "is ready, and would be replaced by `up`: variable SERVER_LOG_LEVEL changed",
        "multi-instance plan",
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_each_reason_is_told_in_one_sentence_with_what_to_do(code: str) -> None:
    known, sentence, first_step = CASES[code]
    verdict = explain(known)

    assert verdict.code == code
    assert verdict.sentence == f"user-b {sentence}"
    assert verdict.steps[0] == first_step
    assert not verdict.is_well


def test_every_rule_has_a_case_of_its_own() -> None:
    first = {
        code: next(rule for rule in RULES if rule(known)) for code, (known, _, _) in CASES.items()
    }

    assert set(first.values()) == set(RULES)


def test_an_instance_that_nothing_is_wrong_with_is_well() -> None:
    verdict = explain(facts())

    assert verdict.is_well
    assert verdict.sentence == "user-b is ready, up for 6 minutes"
    assert verdict.steps == ()


def test_earlier_crashes_of_an_instance_that_serves_are_told_with_it() -> None:
    verdict = explain(facts(status=status(RUNNING, restart_count=2)))

    assert verdict.is_well
    assert "crashed and been started again 2 times" in verdict.sentence


@pytest.mark.parametrize(
    ("graver", "known"),
    [
        ("engine-unreachable", facts(None, findings=(DOWN, EXPIRED), is_refused=True)),
        ("profile-unusable", facts(EXITED, is_refused=True, holders={2048: (NGINX,)})),
        ("quarantined", replace(CASES["quarantined"][0], holders={2048: (NGINX,)})),
        ("port-held", replace(CASES["out-of-memory"][0], holders={2048: (NGINX,)})),
        ("out-of-memory", replace(CASES["out-of-memory"][0], findings=(NO_IMAGE, EXPIRED))),
        ("signed-out", facts(diagnosis=SIGNED_OUT, health=Health(503))),
        (
            "not-ready",
            replace(
                CASES["not-ready"][0],
                operation=operation(OperationKind.REPLACE, ASKED),
            ),
        ),
        (
            "stopped-by-hand",
            facts(EXITED, operation=operation(OperationKind.REPLACE, ASKED)),
        ),
    ],
)
def test_of_two_reasons_the_graver_is_the_verdict(graver: str, known: InstanceFacts) -> None:
    assert explain(known).code == graver


def test_an_instance_that_has_just_begun_is_still_starting() -> None:
    young = status(RUNNING, started_at=NOW - 3)

    starting = Diagnosis(Verdict.STARTING, (Evidence("health", "closes the connection"),))
    silent = Health(None, "closes the connection")
    verdict = explain(facts(status=young, health=silent, diagnosis=starting))

    assert "is still starting (since 3 seconds)" in verdict.sentence


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [(0, "by hand 3 minutes ago"), (143, "by hand"), (137, "and killed"), (1, "with code 1: the")],
)
def test_how_it_ended_when_it_was_stopped_by_hand_is_told(exit_code: int, words: str) -> None:
    ended = status(EXITED, exit_code=exit_code, finished_at=NOW - 180)

    assert words in explain(facts(EXITED, status=ended)).sentence


def test_every_state_of_a_container_has_a_verdict_under_every_plan() -> None:
    for state, kind in itertools.product((None, *ContainerState), OperationKind):
        verdict = explain(facts(state, operation=operation(kind, ASKED)))
        assert verdict.sentence.startswith("user-b ")
        assert verdict.is_well or verdict.steps


def test_the_name_is_safe_in_the_commands_to_copy() -> None:
    verdict = explain(facts(EXITED, profile_name="a b; rm"))

    assert verdict.steps == ("multi-instance start 'a b; rm'",)


def test_without_an_engine_the_evidence_claims_nothing_of_containers() -> None:
    known = CASES["engine-unreachable"][0]
    evidence = dict(evidence_of(replace(known, operation=operation(OperationKind.CREATE, GONE))))

    assert evidence["container"].endswith("not known, no engine answers")
    assert evidence["ports"] == "API 2048, stream 3120"
    assert "plan" not in evidence


def test_the_evidence_names_what_bears_on_the_verdict() -> None:
    known = replace(
        CASES["out-of-memory"][0],
        holders={2048: (NGINX,)},
        findings=(EXPIRED, NO_IMAGE),
        log_files=("/state/failures/x.log",),
        journal=("12:00 stopping",),
        login=LoginSign(LoginState.EXPIRED, NOW, NOW - 60),
    )
    evidence = dict(evidence_of(known))

    assert evidence["last exit"].startswith("code 137, out of memory (2027-01-15 07:57:00 UTC")
    assert evidence["restarts"].endswith("memory limit 512 MB")
    assert evidence["ports"] == "API 2048: held by nginx (pid 412), stream 3120: free"
    assert evidence["login"] == "has expired, by its cookies; it ended 2027-01-15 07:59:00 UTC"
    assert evidence["finding"] == "image x:1: does not exist on this engine"
    assert evidence["kept log"] == "/state/failures/x.log"
    assert evidence["journal"] == "12:00 stopping"
    assert evidence["plan"] == "keep: unchanged"


def test_the_signs_are_evidence_and_a_running_instance_has_no_last_exit() -> None:
    gone = Diagnosis(Verdict.BROWSER_GONE, (Evidence("processes", "the browser does not run"),))
    running = status(RUNNING, finished_at=NOW - 900)

    evidence = dict(evidence_of(facts(status=running, diagnosis=gone)))

    assert evidence["condition"] == "browser gone"
    assert evidence["sign: processes"] == "the browser does not run"
    assert "last exit" not in evidence


@pytest.mark.parametrize("verdict", [Verdict.DISABLED, Verdict.STOPPED_BY_HAND])
@pytest.mark.parametrize("code", ["disabled", "stopped-by-hand", "port-held", "network-lost"])
def test_what_does_not_run_on_purpose_is_well_whatever_else_is_so(
    verdict: Verdict, code: str
) -> None:
    found = explain(replace(CASES[code][0], diagnosis=Diagnosis(verdict)))

    assert (found.code, found.is_well) == (code, True)
    assert found.steps
