"""The doctor's checks: each limit from both sides."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from multi_instance_manager.application.verdict import Verdict as Condition
from multi_instance_manager.checks.doctor import (
    CheckOutcome,
    CheckVerdict,
    EngineSeen,
    Facts,
    HereFacts,
    SeenImage,
    SeenInstance,
    examine,
)
from multi_instance_manager.engine.protocol.machine_facts import EngineMachine, ImageMake
from multi_instance_manager.findings import error, warning
from multi_instance_manager.probe.engine_location import EngineLocation, Reach
from multi_instance_manager.reports.doctor import doctor_report
from unit.builders import some_settings

GB = 1024**3
NOW = 1_800_000_000.0
MACHINE = EngineMachine(
    name="here",
    engine_version="28.0.1",
    operating_system="Debian GNU/Linux 12",
    kernel="6.1.0",
    architecture="x86_64",
    cgroup_version="2",
    storage_driver="overlay2",
    root_dir="/var/lib/docker",
    cpus=8,
    memory_bytes=32 * GB,
    system_time=NOW + 0.4,
    security=("apparmor", "seccomp"),
)
APPLICATION = SeenImage("app:1", "sha256:aaaa", ImageMake(("2048/tcp", "3120/tcp")))
ENGINE = EngineSeen(
    endpoint="unix:///var/run/docker.sock (from the default)",
    api_version="1.47",
    asked_at=NOW,
    machine=MACHINE,
    images=(APPLICATION,),
    bridged=4,
    place=EngineLocation(Reach.HERE, "here", "here", "here"),
)
HERE = HereFacts(
    now=NOW,
    available_memory_bytes=24 * GB,
    state_free_bytes=80 * GB,
    engine_free_bytes=80 * GB,
    inotify_instances=1024,
    inotify_watches=65536,
    open_files=1024,
)
WELL = Facts(
    settings=some_settings(),
    findings=(),
    here=HERE,
    engine=ENGINE,
    profiles=3,
    up=1,
    ports=(2048, 2049, 2050, 3120, 3122),
)


ELSEWHERE = EngineLocation(Reach.ELSEWHERE, "far", "here", "far")
IN_VM = EngineLocation(Reach.UNKNOWN, "vm", "here", "vm")


def checks(facts: Facts, name: str) -> list[CheckOutcome]:
    return [check for check in examine(facts) if check.name == name]


def check(facts: Facts, name: str) -> CheckOutcome:
    (found,) = checks(facts, name)
    return found


def with_here(**changes: Any) -> Facts:
    return replace(WELL, here=replace(HERE, **changes))


def with_engine(**changes: Any) -> Facts:
    return replace(WELL, engine=replace(ENGINE, **changes))


def with_machine(**changes: Any) -> Facts:
    return with_engine(machine=replace(MACHINE, **changes))


def test_a_machine_that_is_well_has_nothing_to_mend() -> None:
    found = examine(WELL)

    assert {check.verdict for check in found} == {CheckVerdict.OK}
    assert {check.next_step for check in found} == {""}
    assert doctor_report(found).exit_code == 0


def test_the_ports_are_told_in_runs() -> None:
    assert check(WELL, "ports").seen.startswith("2048-2050, 3120, 3122: free")


@pytest.mark.parametrize(
    ("facts", "name", "verdict", "words"),
    [
        (with_engine(api_version="1.40"), "engine-api", "error", "1.41 is the oldest"),
        (with_machine(can_limit_memory=False), "engine-machine", "warning", "cannot limit memory"),
        (with_engine(place=ELSEWHERE), "engine-place", "error", "cannot mount the profiles"),
        (with_engine(place=IN_VM), "engine-place", "warning", "runs in a virtual machine (vm)"),
        (
            with_machine(engine_version="20.10.24+dfsg1"),
            "loopback",
            "warning",
            "an engine before version 28",
        ),
        (with_machine(engine_version="4.3.1"), "loopback", "skipped", "not known of this engine"),
        (with_machine(engine_version="unknown"), "loopback", "skipped", "not known"),
        (with_machine(system_time=NOW - 30), "clock", "warning", "30 s behind"),
        (with_machine(system_time=NOW + 3600), "clock", "error", "3600 s ahead"),
        (with_machine(system_time=None), "clock", "skipped", "does not tell"),
        (with_machine(security=("selinux",)), "security", "warning", "SELinux"),
        (with_machine(security=("userns",)), "security", "warning", "user namespaces"),
        (
            with_engine(images=(SeenImage("x", "", ImageMake(("80/tcp",))),)),
            "image",
            "warning",
            "2048 and 3120",
        ),
        (with_here(available_memory_bytes=GB), "memory", "warning", "2.0 GB more needed"),
        (with_here(state_free_bytes=GB // 2), "disk-state", "warning", "0.5 GB free"),
        (with_here(state_free_bytes=1024), "disk-state", "error", "0.0 GB free"),
        (with_here(engine_free_bytes=GB), "disk-engine", "warning", "1.0 GB free"),
        (with_here(engine_free_bytes=None), "disk-engine", "skipped", "cannot be seen"),
        (with_here(inotify_instances=43), "inotify", "warning", "max_user_instances 43"),
        (with_here(inotify_watches=1000), "inotify", "warning", "max_user_watches 1000"),
        (with_engine(bridged=899), "bridge", "warning", "901 after a launch"),
        (with_engine(bridged=999), "bridge", "error", "1001 after a launch"),
        (with_engine(bridged=None), "bridge", "skipped", "not looked at"),
        (with_here(open_files=69), "open-files", "warning", "about 70"),
        (with_here(pool_is_writable=False), "profiles", "warning", "cannot be written"),
    ],
)
def test_what_is_not_well_is_told(facts: Facts, name: str, verdict: str, words: str) -> None:
    found = next(check for check in checks(facts, name) if check.verdict is not CheckVerdict.OK)

    assert found.verdict == verdict
    assert words in found.seen
    assert bool(found.next_step) is (verdict in {"warning", "error"})


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (with_engine(api_version="1.41"), "engine-api"),
        (with_machine(system_time=NOW - 4.9), "clock"),
        (with_here(available_memory_bytes=2 * GB), "memory"),
        (with_here(inotify_instances=44), "inotify"),
        (with_engine(bridged=898), "bridge"),
        (with_here(open_files=70), "open-files"),
        (with_here(open_files=None), "open-files"),
    ],
)
def test_at_its_limit_a_check_is_still_well(facts: Facts, name: str) -> None:
    assert check(facts, name).verdict is CheckVerdict.OK


def test_without_an_engine_what_needs_none_is_looked_at_all_the_same() -> None:
    down = error("engine", "engine at unix:///x", "does not answer", "start Docker")
    found = {c.name: c for c in examine(replace(WELL, engine=None, findings=(down,)))}

    assert found["engine"].verdict is CheckVerdict.ERROR
    assert found["engine"].next_step == "start Docker"
    assert found["clock"].verdict is CheckVerdict.SKIPPED
    assert found["memory"].verdict is found["inotify"].verdict is CheckVerdict.OK
    assert found["ports"].verdict is CheckVerdict.SKIPPED


def test_an_engine_elsewhere_is_not_measured_by_this_machine() -> None:
    facts = with_engine(place=ELSEWHERE)

    assert check(facts, "inotify").verdict is CheckVerdict.SKIPPED
    assert check(facts, "disk-engine").verdict is CheckVerdict.SKIPPED
    assert "32.0 GB available" in check(facts, "memory").seen


@pytest.mark.parametrize("name", ["here", "another-name"])
def test_an_engine_here_is_here_by_whatever_name_it_calls_its_machine(name: str) -> None:
    facts = with_machine(name=name)

    assert check(facts, "engine-place") == CheckOutcome(
        "engine-place", CheckVerdict.OK, f"is on this machine ({name})"
    )
    assert check(facts, "inotify").verdict is CheckVerdict.OK


def test_the_limits_of_a_shared_virtual_machine_are_not_this_machines() -> None:
    facts = with_engine(place=EngineLocation(Reach.HERE, "docker-desktop", "here", is_virtual=True))

    assert "a virtual machine of this one" in check(facts, "engine-place").seen
    assert check(facts, "inotify").verdict is CheckVerdict.SKIPPED


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (with_machine(engine_version="27.5.1", security=("rootless",)), CheckVerdict.OK),
        (
            with_engine(
                machine=replace(MACHINE, engine_version="27.5.1"),
                place=EngineLocation(Reach.HERE, is_virtual=True),
            ),
            CheckVerdict.OK,
        ),
        (replace(WELL, settings=some_settings(host_ip="192.0.2.1")), CheckVerdict.SKIPPED),
    ],
)
def test_where_nothing_gets_past_loopback_nothing_is_warned_of(
    facts: Facts, verdict: CheckVerdict
) -> None:
    assert check(facts, "loopback").verdict is verdict


def test_every_finding_of_a_launch_is_told_once() -> None:
    findings = (
        error("image", "image x", "does not exist", "build it"),
        error("port", "profile user-a", "API port 2048 is held by nginx (pid 412)", "free it"),
        error("profile", "profile user-b", "is empty", "save it again"),
        error("foreign", "container c", "is not this manager's", "rename it"),
        warning("default-key", "API key", "is the default", "set one"),
    )
    found = examine(replace(WELL, findings=findings))

    for finding in findings:
        told = [check for check in found if finding.fact in check.seen]
        assert len(told) == 1, finding
        assert told[0].verdict == finding.severity.value
    assert doctor_report(found).exit_code == 1
    assert (doctor_report(found).errors, doctor_report(found).warnings) == (4, 1)


def test_a_machine_without_a_project_is_not_at_fault() -> None:
    nowhere = error("project-root", "project root /tmp", "is not known", "name it")
    unnamed = replace(some_settings(), root_was_named=False)
    facts = replace(WELL, settings=unnamed, findings=(nowhere,), profiles=0, up=0, ports=())

    assert check(facts, "project").verdict is CheckVerdict.WARNING
    assert check(facts, "profiles").verdict is CheckVerdict.SKIPPED
    named = replace(facts, settings=some_settings())
    assert check(named, "project").verdict is CheckVerdict.ERROR


def test_where_every_login_looks_expired_the_clock_is_asked_about() -> None:
    expired = tuple(
        warning("expired", f"profile {name}", "all cookies expired", "log in again")
        for name in ("a", "b", "c")
    )

    assert "date" in check(replace(WELL, findings=expired), "clock-here").next_step
    assert checks(replace(WELL, findings=expired[:2]), "clock-here") == []


def test_each_instance_that_is_not_well_is_a_check_of_its_own() -> None:
    seen = (
        SeenInstance("user-a", Condition.READY, "ready: /health answers 200"),
        SeenInstance("user-b", Condition.SIGNED_OUT, "signed out: a line", "log in again"),
        SeenInstance("user-c", Condition.STARTING, "starting: began 3s ago", "wait"),
        SeenInstance("user-d", Condition.STOPPED_BY_HAND, "stopped by hand: ended"),
    )
    well = (seen[0], seen[0], seen[3])

    found = checks(replace(WELL, instances=seen), "instances")
    others = checks(replace(WELL, instances=well), "instances")

    assert [(one.verdict, one.seen, one.next_step) for one in found] == [
        (CheckVerdict.ERROR, "user-b: signed out: a line", "log in again"),
        (CheckVerdict.WARNING, "user-c: starting: began 3s ago", "wait"),
    ]
    assert [(one.verdict, one.seen) for one in others] == [
        (CheckVerdict.OK, "2 ready, 1 stopped by hand")
    ]


def test_profiles_without_a_container_are_told_beside_those_that_run() -> None:
    seen = (SeenInstance("user-a", Condition.READY, "ready"),)
    names = tuple(f"user-{letter}" for letter in "bcdefgh")

    found = checks(replace(WELL, instances=seen, missing=names), "instances")

    assert [(one.verdict, one.seen) for one in found] == [
        (CheckVerdict.OK, "1 ready"),
        (CheckVerdict.WARNING, "no container: user-b, user-c, user-d, user-e, user-f and 2 more"),
    ]


def test_a_pool_that_was_never_launched_misses_nothing() -> None:
    (found,) = checks(replace(WELL, instances=(), missing=("user-a",)), "instances")

    assert (found.verdict, found.seen) == (CheckVerdict.OK, "none is launched")


def test_empty_profiles_that_the_earlier_script_left_are_told_as_harmless() -> None:
    found = check(with_here(stubs=("active/user-a.json",)), "leftovers")

    assert found.verdict is CheckVerdict.OK
    assert "1 empty file of the earlier script's (active/user-a.json): harmless" in found.seen
    assert checks(WELL, "leftovers") == []
