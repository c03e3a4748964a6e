"""Labels are claims: a container is the fleet's only where the engine says the same of it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from multi_instance_manager.checks.preflight import check_claims, second_writers
from multi_instance_manager.findings import Severity
from multi_instance_manager.fleet import labels
from multi_instance_manager.fleet.container_names import aside_name_of, failed_name_of
from multi_instance_manager.fleet.containers import (
    ContainerState,
    Fleet,
    ObservedContainer,
    sort_containers,
)
from unit.builders import ACTIVE, container_of, foreign_container, home_of, spec_of

SPEC = spec_of("user-a")
NAME = SPEC.container_name
OURS = container_of(SPEC)
HOME = home_of()
STATE = HOME.active.removesuffix("/active")


def sorted_out(*containers: ObservedContainer) -> Fleet:
    return sort_containers(
        containers, HOME, wanted_names=frozenset({NAME}), legacy_names=frozenset()
    )


def claims(*containers: ObservedContainer) -> list[str]:
    found = check_claims(sorted_out(*containers), HOME, {NAME: "user-a"})
    return [finding.sentence() for finding in found]


def test_a_container_with_the_labels_the_name_and_the_mount_is_the_fleets() -> None:
    assert sorted_out(OURS).current == {NAME: OURS}
    assert claims(OURS) == []


@pytest.mark.parametrize("name", [aside_name_of(NAME), failed_name_of(NAME, OURS.container_id)])
def test_the_names_that_a_replacement_gives_are_the_fleets(name: str) -> None:
    assert HOME.owns(replace(OURS, name=name))


@pytest.mark.parametrize("prefix", ["/host_mnt", "/run/desktop/mnt/host"])
def test_a_virtual_machines_way_to_tell_a_path_is_the_same_path(prefix: str) -> None:
    mounts = {target: prefix + source for target, source in OURS.mounts.items()}

    assert HOME.owns(replace(OURS, mounts=mounts))


@pytest.mark.parametrize(
    "mounts",
    [
        {},
        {ACTIVE: "/srv/elsewhere"},
        {ACTIVE: f"{HOME.active}/ai-proxy-user-b"},
        {ACTIVE: HOME.active},
        {ACTIVE: f"/backup{HOME.active}/{NAME}"},
        {ACTIVE: f"{HOME.active}-of-old/{NAME}"},
    ],
    ids=["none", "elsewhere", "of another", "of all", "of a backup", "of a neighbour"],
)
def test_whatever_has_not_its_own_session_mounted_is_a_strangers(mounts: dict[str, str]) -> None:
    stranger = replace(OURS, mounts=mounts)

    assert sorted_out(stranger).foreign == (stranger,)


@pytest.mark.parametrize("name", ["victim", "ai-proxy-user-b", f"{NAME}.failed-of-another", "x"])
def test_whatever_has_another_name_is_a_strangers(name: str) -> None:
    assert not HOME.owns(replace(OURS, name=name))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (labels.FLEET, "other"),
        (labels.ROOT, "/other"),
        (labels.PROFILE, "user-b"),
        (labels.PROFILE, "../../../../victim/x"),
        (labels.SLOT, "70000"),
        (labels.SLOT, "-1"),
        (labels.API_PORT, "0"),
        (labels.API_PORT, "65536"),
        (labels.API_PORT, "9" * 5000),
        (labels.STREAM_PORT, "1_0"),
    ],
)
def test_labels_that_do_not_fit_make_nothing_the_fleets(key: str, value: str) -> None:
    forged = replace(OURS, labels={**OURS.labels, key: value})

    assert sorted_out(forged).foreign == (forged,)
    assert sorted_out(forged).slot_claims() == ()


def test_what_was_run_from_an_image_of_an_instance_is_named_and_left_alone() -> None:
    run = replace(OURS, container_id="id-2", name="of-a-commit", mounts={})

    (sentence,) = claims(OURS, run)

    assert sentence.startswith("container of-a-commit: bears the labels of this fleet")
    assert sorted_out(OURS, run).strays == ()


@pytest.mark.parametrize("is_labelled", [True, False])
@pytest.mark.parametrize("inner", ["", "/user-a.json"], ids=["folder", "file"])
def test_a_second_container_on_one_session_is_named(*, is_labelled: bool, inner: str) -> None:
    second = replace(
        OURS if is_labelled else foreign_container("x"),
        container_id="id-2",
        name="duplicate",
        mounts={"/anywhere": f"{HOME.active}/{NAME}{inner}"},
        read_only=frozenset(),
    )

    (sentence,) = claims(OURS, second)

    assert sentence.startswith("profile user-a: container duplicate has its session's folder")
    assert "docker rm -f duplicate" in sentence
    assert sorted_out(OURS, second).foreign == (second,)


def test_an_instance_of_another_fleet_with_its_session_in_the_same_folder_is_no_second_writer() -> (
    None
):
    other = replace(HOME, fleet="ai-proxy-second")
    theirs = "ai-proxy-second-user-a"
    container = replace(
        OURS,
        container_id="another",
        name=theirs,
        labels={**OURS.labels, labels.FLEET: other.fleet},
        mounts={ACTIVE: f"{HOME.active}/{theirs}"},
    )

    assert other.owns(container)
    assert claims(container) == []
    assert second_writers(sorted_out(container), HOME) == {}
    on_ours = replace(container, mounts={ACTIVE: f"{HOME.active}/{NAME}"})
    assert second_writers(sorted_out(on_ours), HOME) == {NAME: theirs}


def test_an_instance_that_was_renamed_is_told_how_to_get_its_name_back() -> None:
    (sentence,) = claims(replace(OURS, name="my-favourite"))

    assert f"docker rename my-favourite {NAME}" in sentence


def test_a_second_container_that_does_not_run_is_a_warning() -> None:
    second = replace(OURS, container_id="id-2", name="duplicate", state=ContainerState.EXITED)

    (finding,) = check_claims(sorted_out(OURS, second), HOME, {NAME: "user-a"})

    assert finding.severity is Severity.WARNING


def test_a_backup_that_only_reads_the_sessions_is_no_second_writer() -> None:
    backup = replace(
        foreign_container("backup"),
        mounts={"/data": f"{HOME.active}/{NAME}", "/all": STATE},
        read_only=frozenset({"/data"}),
    )

    assert claims(OURS, backup) == []
