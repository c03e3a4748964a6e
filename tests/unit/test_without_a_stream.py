"""An application without a stream, a key or an environment file: nothing of them is made or shown.

What it does have is compared with the payload, the shell lines and the reports.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from multi_instance_manager.application.definition import Application, ContainerPorts
from multi_instance_manager.checks.preflight import (
    check_exposure,
    check_key,
    check_ports,
    check_ranges,
)
from multi_instance_manager.fleet.labels import parse_labels
from multi_instance_manager.fleet.leases import PortBases, PortPair, free_shift, next_free_slot
from multi_instance_manager.host.port_holder import Holder, HolderKind
from multi_instance_manager.plan.launched import standing_of
from multi_instance_manager.plan.secret_changes import record_of, secret_changes
from multi_instance_manager.plan.spec import InstanceSpec
from multi_instance_manager.probe.host_survey import gather_host_facts
from multi_instance_manager.probe.port_facts import PortFacts
from multi_instance_manager.settings.key_source import KeyKind, KeySource
from multi_instance_manager.settings.model import Settings
from multi_instance_manager.settings.override import Override, Pin
from multi_instance_manager.text.secret import Secret
from unit.builders import (
    IMAGE,
    container_of,
    layout_of,
    other_application,
    some_host,
    some_settings,
    specs_of,
)


def settings_of(application: Application | None = None, **more: Any) -> Settings:
    return some_settings(
        application=application or other_application(),
        bases=PortBases(2048, None),
        docker_env_file=None,
        **more,
    )


def spec_of(name: str = "user-a", **more: Any) -> InstanceSpec:
    return specs_of(name, settings=settings_of(**more))[0]


def test_one_port_alone_is_published_and_exposed() -> None:
    payload = spec_of().payload()

    assert payload["ExposedPorts"] == {"8000/tcp": {}}
    assert list(payload["HostConfig"]["PortBindings"]) == ["8000/tcp"]
    assert spec_of().host_ports == (2048,)


def test_the_labels_say_that_there_is_no_stream_and_are_still_a_whole_set() -> None:
    spec = spec_of()
    labels = parse_labels(spec.labels().as_mapping())

    assert labels is not None
    assert labels.identity == spec.identity
    assert labels.identity.stream_port is None
    assert not [part for part, _ in labels.spec_parts if "stream" in part]


@pytest.mark.parametrize("inner", [ContainerPorts(8001), ContainerPorts(8000, 9000)])
def test_other_ports_in_the_container_make_it_another_one(inner: ContainerPorts) -> None:
    spec = spec_of()
    other = replace(other_application(), ports=inner)
    bases = PortBases(2048, 3120 if inner.stream else None)
    (after,) = specs_of("user-a", settings=replace(settings_of(other), bases=bases))

    assert after.hash != spec.hash


def test_what_stands_is_read_by_its_labels_whatever_is_known_of_the_application_now() -> None:
    settings = settings_of()
    spec = spec_of()
    paths = some_settings().application.paths
    now = replace(other_application(), ports=ContainerPorts(1), paths=paths)

    standing = standing_of(spec.container_name, container_of(spec), IMAGE, layout_of(settings), now)

    assert standing.own_folders == ("/data/logins/in-use", "/data/logins/all")
    assert not standing.has_own_key
    assert standing.spec.host_ports == (2048,)


@given(st.integers(1, 60000), st.integers(0, 200), st.sets(st.integers(1, 65535)))
def test_a_slot_has_one_port_and_is_free_with_it(base: int, slot: int, busy: set[int]) -> None:
    bases = PortBases(base, None)

    assert bases.pair(slot) == PortPair(base + slot, None)
    assert bases.slots_using(base + slot) == {slot}
    free = next_free_slot(bases, set(), busy)
    assert free is not None
    assert base + free not in busy
    shift = free_shift(bases, [slot], busy)
    assert shift is not None
    assert base + slot + shift not in busy


def test_busy_ports_are_told_with_a_way_out_that_names_one_option() -> None:
    settings, spec = settings_of(), spec_of()
    (finding,) = check_ports(
        settings,
        [spec],
        PortFacts({2048: (Holder(HolderKind.PROCESS, "nginx", 412),)}, frozenset({2048})),
    )

    assert "API port 2048 is held by nginx" in finding.fact
    assert "--base-api-port 2049 (the next free one is 2049)" in finding.next_step
    assert "stream" not in finding.next_step


def test_ranges_without_a_stream_never_overlap_and_may_still_pass_the_last_port() -> None:
    assert check_ranges(settings_of(), [spec_of()]) == []
    high = replace(settings_of(), bases=PortBases(65535, None))
    specs = specs_of("user-a", "user-b", settings=high)

    (finding,) = check_ranges(high, specs)
    assert finding.subject == "API ports"


def test_a_pinned_stream_port_of_an_application_without_one_is_harmless() -> None:
    settings = settings_of(overrides={"user-a": Override(pin=Pin(stream=7000))})

    assert settings.ports_of("user-a", 0) == PortPair(2048, None)


def test_no_key_is_asked_for_or_warned_of() -> None:
    settings = settings_of(api_key_asked_for=False)

    assert check_key(settings, some_host()) == []
    exposed = check_exposure(replace(settings, host_ip="0.0.0.0"), some_host())
    assert [finding.fact for finding in exposed] == [
        "other machines can reach the instances, and Other has no key"
    ]


def test_a_key_that_nothing_takes_is_told() -> None:
    settings = settings_of(key_source=KeySource(KeyKind.VARIABLE))
    (finding,) = check_key(settings, some_host())

    assert "is not used: Other asks for none" in finding.sentence()


def test_a_key_that_only_a_file_tells_is_a_secret_that_counts() -> None:
    application = other_application()
    application = replace(application, paths=replace(application.paths, key_file="keys"))
    spec = spec_of(application=application)
    record = record_of(spec, "salt").text()

    assert spec.mounts[-1].target == "/data/logins/keys"
    assert secret_changes(record, spec) == ()
    assert secret_changes(record, spec_of(application=application, api_key=Secret("sk-new"))) != ()
    assert "sk-" not in repr(spec)


def test_the_host_is_looked_at_without_a_shared_tree(tmp_path: Path) -> None:
    (tmp_path / "logins").mkdir()
    settings = replace(
        settings_of(root_was_named=False),
        project_root=tmp_path,
        profile_dir=tmp_path / "logins",
        state_dir=tmp_path / "state",
    )
    facts = gather_host_facts(settings)

    assert (facts.host.tree, facts.host.host_keys) == (None, ())
    assert (facts.root_fault, facts.tree_fault, facts.visible_profiles) == (None, None, ())
