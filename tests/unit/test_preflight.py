"""The checks before a launch: every problem, with who holds what and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from multi_instance_manager.checks import preflight
from multi_instance_manager.checks.preflight import GIGABYTE
from multi_instance_manager.engine.docker_run import ExtraArgs
from multi_instance_manager.findings import Finding, Severity, errors_of
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.fleet.containers import ContainerState, Fleet
from multi_instance_manager.fleet.leases import PortBases
from multi_instance_manager.host.port_holder import Holder, HolderKind
from multi_instance_manager.plan.plan import Plan
from multi_instance_manager.plan.reconcile import ReconcileContext, reconcile
from multi_instance_manager.probe.host_facts import HostFacts
from multi_instance_manager.probe.port_facts import PortFacts
from multi_instance_manager.settings.model import Limits
from multi_instance_manager.settings.override import Override
from multi_instance_manager.text.secret import Secret
from unit.builders import (
    NEXT_IMAGE,
    container_of,
    foreign_container,
    some_host,
    some_settings,
    spec_of,
    specs_of,
)

SETTINGS = some_settings()
NGINX = Holder(HolderKind.PROCESS, "nginx", 412)
FACTS = HostFacts(some_host())


def sentences(findings: list[Finding]) -> list[str]:
    return [finding.sentence() for finding in findings]


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def test_a_host_without_faults_has_no_findings() -> None:
    assert preflight.check_host(SETTINGS, FACTS) == []
    assert preflight.check_state_folder(SETTINGS, replace(FACTS, free_disk_bytes=2**30), 0) == []


def test_a_missing_project_root_is_told_alone() -> None:
    """Everything else that is missing follows from it."""
    facts = replace(FACTS, root_fault="does not exist", env_file_fault="does not exist")

    assert sentences(preflight.check_host(SETTINGS, facts)) == [
        (
            "project root /srv/application: does not exist; "
            "name the application's repository with --project-root"
        )
    ]


def test_a_missing_environment_file_names_both_ways_out() -> None:
    facts = replace(FACTS, env_file_fault="does not exist")

    assert sentences(preflight.check_host(SETTINGS, facts)) == [
        (
            "environment file /srv/application/docker/.env: does not exist; "
            "create it, name another with --docker-env-file, or pass --no-docker-env"
        )
    ]


def test_faults_of_tree_and_environment_file_are_told_together() -> None:
    facts = replace(FACTS, tree_fault="is closed", env_file_fault="is a directory")

    assert codes(preflight.check_host(SETTINGS, facts)) == ["tree", "docker-env"]


def test_a_state_folder_that_cannot_be_written_is_an_error() -> None:
    (finding,) = preflight.check_state_folder(
        SETTINGS, replace(FACTS, state_fault="cannot be written"), 0
    )

    assert finding.severity is Severity.ERROR
    assert "RUNTIME_STATE_DIR" in finding.next_step


@pytest.mark.parametrize(
    ("free", "needed", "found"),
    [
        (None, 10**12, []),
        (2**20 - 1, 0, ["disk-full"]),
        (2**20, 0, []),
        (2**20, 1, ["disk-full"]),
    ],
)
def test_a_disk_too_full_for_the_copies_is_an_error(
    free: int | None, needed: int, found: list[str]
) -> None:
    facts = replace(FACTS, free_disk_bytes=free)

    assert codes(preflight.check_state_folder(SETTINGS, facts, needed)) == found


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_exposes_nothing(address: str) -> None:
    assert preflight.check_exposure(some_settings(host_ip=address), some_host()) == []


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::"])
def test_another_address_is_warned_about_and_refused_with_the_default_key(address: str) -> None:
    own = some_settings(host_ip=address)
    default = some_settings(host_ip=address, api_key=Secret("sk-dummy"))

    (warned,) = preflight.check_exposure(own, some_host())
    (refused,) = preflight.check_exposure(default, some_host())

    assert (warned.severity, refused.severity) == (Severity.WARNING, Severity.ERROR)
    assert address in warned.subject
    assert "--api-key" in refused.next_step


def test_the_default_key_in_the_hosts_own_file_is_as_open_as_the_default() -> None:
    host = some_host(host_keys=(Secret("sk-dummy"),))
    settings = some_settings(host_ip="0.0.0.0", api_key_asked_for=False)

    assert len(errors_of(tuple(preflight.check_exposure(settings, host)))) == 1


@pytest.mark.parametrize(
    ("bases", "facts"),
    [
        (PortBases(2048, 3120), []),
        (PortBases(65533, 3120), []),
        (PortBases(65534, 3120), ["3 instances need ports 65534 to 65536, past 65535"]),
        (PortBases(2048, 65535), ["3 instances need ports 65535 to 65537, past 65535"]),
        (PortBases(2048, 2050), ["the ranges 2048 to 2050 and 2050 to 2052 overlap"]),
        (PortBases(2050, 2048), ["the ranges 2050 to 2052 and 2048 to 2050 overlap"]),
        (PortBases(2048, 2048), ["the ranges 2048 to 2050 and 2048 to 2050 overlap"]),
        (PortBases(2048, 2051), []),
    ],
)
def test_ranges_that_overlap_or_pass_the_last_port_are_errors(
    bases: PortBases, facts: list[str]
) -> None:
    settings = some_settings(bases=bases)
    specs = specs_of("a", "b", "c", settings=settings)

    found = preflight.check_ranges(settings, specs)

    assert [finding.fact for finding in found] == facts
    assert all(finding.severity is Severity.ERROR for finding in found)


def test_two_ranges_past_the_end_are_two_findings() -> None:
    settings = some_settings(bases=PortBases(65535, 65535))

    assert len(preflight.check_ranges(settings, specs_of("a", "b", settings=settings))) == 3


def test_two_profiles_that_would_share_a_container_are_an_error() -> None:
    """Only a name made to look like the hash of another can do that."""
    made = container_name_of("ai-proxy", "User A").removeprefix("ai-proxy-")

    found = preflight.check_names(specs_of("User A", made), Fleet())

    assert sentences(found) == [
        (
            f"container ai-proxy-{made}: profiles User A and {made} would share this name; "
            "rename one of them"
        )
    ]


def test_somebody_elses_container_of_the_same_name_is_an_error() -> None:
    fleet = Fleet(foreign=(foreign_container("ai-proxy-user-a"), foreign_container("other")))

    assert sentences(preflight.check_names(specs_of("user-a", "user-b"), fleet)) == [
        (
            "container ai-proxy-user-a: exists already, of image somebody-elses:1, and is not this "
            "manager's; remove or rename it, or use another --container-prefix"
        )
    ]


def test_the_container_of_another_pool_is_told_by_its_root() -> None:
    theirs = spec_of("user-a", settings=some_settings(root=Path("/srv/other")))
    fleet = Fleet(foreign=(container_of(theirs),))

    (finding,) = preflight.check_names(specs_of("user-a"), fleet)

    assert "belongs to the pool of /srv/other" in finding.fact


def test_a_held_port_names_its_holder_and_the_next_free_pair() -> None:
    facts = PortFacts({2049: (NGINX,)}, frozenset({2049, 2050, 22}))

    assert sentences(preflight.check_ports(SETTINGS, specs_of("user-a", "user-b"), facts)) == [
        (
            "profile user-b: API port 2049 is held by nginx (pid 412); free it, or move all with "
            "--base-api-port 2051 --base-stream-port 3123 (the next free pair is 2051 and 3123)"
        )
    ]


def test_every_held_port_of_every_instance_is_told() -> None:
    taken = Holder(HolderKind.CONTAINER, "other")
    held = {2048: (NGINX,), 3120: (taken,), 3121: (NGINX, replace(NGINX, pid=413))}
    facts = PortFacts(held, frozenset(held))

    found = preflight.check_ports(SETTINGS, specs_of("user-a", "user-b"), facts)

    assert [(f.subject, f.fact) for f in found] == [
        ("profile user-a", "API port 2048 is held by nginx (pid 412)"),
        ("profile user-a", "stream port 3120 is held by container other"),
        ("profile user-b", "stream port 3121 is held by nginx (pid 412) and nginx (pid 413)"),
    ]


def test_the_way_out_that_is_named_really_is_one() -> None:
    busy = frozenset({2048, 2050, 3123, 3126})
    specs = specs_of("a", "b")
    (finding, *_) = preflight.check_ports(SETTINGS, specs, PortFacts({2048: (NGINX,)}, busy))
    words = finding.next_step.replace("(", " ").split()
    api = int(words[words.index("--base-api-port") + 1])
    stream = int(words[words.index("--base-stream-port") + 1])

    moved = specs_of("a", "b", settings=some_settings(bases=PortBases(api, stream)))

    assert not {port for spec in moved for port in spec.host_ports} & busy


def test_free_ports_are_no_finding() -> None:
    facts = PortFacts({}, frozenset({22, 80}))

    assert preflight.check_ports(SETTINGS, specs_of("user-a"), facts) == []


def test_an_address_where_nothing_can_listen_is_told_with_whose_it_is() -> None:
    settings = some_settings(host_ip="203.0.113.9")
    faults = {"203.0.113.9": "is not an address of this machine", "224.0.0.1": "is a group"}

    assert [f.subject for f in preflight.check_addresses(settings, faults)] == [
        "host address 203.0.113.9",
        "extra docker arguments: 224.0.0.1",
    ]


def test_a_held_port_of_the_extra_arguments_is_told_as_such() -> None:
    (spec,) = specs_of("user-a")
    spec = replace(spec, extra=ExtraArgs(("--publish=9000:9000",)))
    facts = PortFacts({9000: (NGINX,)}, frozenset({9000}))

    (told,) = sentences(preflight.check_ports(SETTINGS, [spec], facts))

    assert told == (
        "profile user-a: port 9000 of its extra arguments is held by nginx (pid 412); "
        "free it, or publish another one"
    )


def test_no_way_out_is_invented_where_the_ports_end() -> None:
    settings = some_settings(bases=PortBases(65535, 3120))
    specs = specs_of("a", settings=settings)

    (finding,) = preflight.check_ports(
        settings, specs, PortFacts({65535: (NGINX,)}, frozenset({65535}))
    )

    assert finding.next_step == "free it, or use other base ports"


def test_a_fixed_host_port_cannot_serve_several_instances() -> None:
    extra = ExtraArgs(("--publish=9000:9000",))

    assert codes(preflight.check_extra_ports(specs_of("a", "b", extra=extra))) == ["docker-args"]
    assert preflight.check_extra_ports(specs_of("a", extra=extra)) == []
    assert preflight.check_extra_ports(specs_of("a", "b")) == []


def test_instances_that_would_take_each_others_ports_are_an_error() -> None:
    before = specs_of("user-a", "user-b")
    crossed = specs_of("user-a", "user-b", settings=some_settings(bases=PortBases(2047, 3121)))
    fleet = Fleet(current={spec.container_name: container_of(spec) for spec in before})

    found = preflight.check_rings(reconcile(crossed, fleet, ReconcileContext()))

    assert codes(found) == ["port-ring"]
    assert found[0].severity is Severity.ERROR


def test_instances_that_move_up_in_a_row_are_no_ring() -> None:
    before = specs_of("a", "b", "c")
    moved = specs_of("a", "b", "c", settings=some_settings(bases=PortBases(2049, 3121)))
    fleet = Fleet(current={spec.container_name: container_of(spec) for spec in before})

    assert preflight.check_rings(reconcile(moved, fleet, ReconcileContext())) == []


def plan_of(*names: str, fleet: Fleet | None = None, **changes: Any) -> Plan:
    return reconcile(specs_of(*names, **changes), fleet or Fleet(), ReconcileContext())


def test_the_memory_warning_tells_need_and_what_the_machine_has() -> None:
    found = preflight.check_memory(SETTINGS, plan_of("a", "b"), 8 * GIGABYTE)

    assert [finding.severity for finding in found] == [Severity.NOTE]
    assert "2 instances to start" in found[0].fact
    assert "2.0 GB" in found[0].fact
    assert "8.0 GB" in found[0].fact


def test_too_little_memory_is_said_louder() -> None:
    plan = plan_of("a", "b")

    assert codes(preflight.check_memory(SETTINGS, plan, 2 * GIGABYTE)) == ["memory"]
    (short,) = preflight.check_memory(SETTINGS, plan, 2 * GIGABYTE - 1)
    assert short.code == "memory-short"
    assert short.fact.startswith("NOT ENOUGH")


@pytest.mark.parametrize(
    ("available", "severity"), [(4 * GIGABYTE, Severity.NOTE), (4 * GIGABYTE - 1, Severity.WARNING)]
)
def test_a_need_of_more_than_half_of_the_memory_is_a_warning(
    available: int, severity: Severity
) -> None:
    (found,) = preflight.check_memory(SETTINGS, plan_of("a", "b"), available)

    assert (found.severity, found.code) == (severity, "memory")


def test_an_instance_with_a_memory_limit_counts_with_that() -> None:
    limited = replace(SETTINGS, limits=Limits(memory_bytes=GIGABYTE // 2))
    own = replace(SETTINGS, overrides={"a": Override(memory_bytes=GIGABYTE * 3)})

    (found,) = preflight.check_memory(limited, plan_of("a", "b"), 2 * GIGABYTE)
    (mixed,) = preflight.check_memory(own, plan_of("a", "b"), 8 * GIGABYTE)

    assert found.sentence() == (
        "memory: 2 instances to start, at most 0.5 GB each: 1.0 GB more needed; 2.0 GB available"
    )
    assert mixed.fact == "2 instances to start: 4.0 GB more needed; 8.0 GB available"


def test_memory_that_is_unknown_is_not_guessed() -> None:
    (finding,) = preflight.check_memory(SETTINGS, plan_of("a"), None)

    assert "available" not in finding.fact


def test_nothing_to_start_needs_no_memory() -> None:
    running = Fleet(current={"ai-proxy-a": container_of(spec_of("a"))})

    assert preflight.check_memory(SETTINGS, plan_of("a", fleet=running), 0) == []


def test_an_instance_that_replaces_a_running_one_needs_no_more() -> None:
    running = Fleet(current={"ai-proxy-a": container_of(spec_of("a"))})
    plan = plan_of("a", "b", fleet=running, image=NEXT_IMAGE)

    assert codes(preflight.check_memory(SETTINGS, plan, GIGABYTE)) == ["memory"]
    assert codes(preflight.check_memory(SETTINGS, plan, GIGABYTE - 1)) == ["memory-short"]


def test_an_instance_that_replaces_a_stopped_one_does_need_more() -> None:
    stopped = container_of(spec_of("a"), ContainerState.EXITED)
    plan = plan_of("a", fleet=Fleet(current={"ai-proxy-a": stopped}), image=NEXT_IMAGE)

    assert codes(preflight.check_memory(SETTINGS, plan, GIGABYTE - 1)) == ["memory-short"]
