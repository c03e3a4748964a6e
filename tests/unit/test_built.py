"""What stands on the engine against what is wanted: each difference is named, and no value told."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from multi_instance_manager.engine.docker.answers import status_of
from multi_instance_manager.engine.docker_run import ExtraArgs, parse_docker_args
from multi_instance_manager.engine.protocol.container_config import Built
from multi_instance_manager.fleet.containers import Fleet
from multi_instance_manager.plan.causes import cause_text
from multi_instance_manager.plan.config_drift import differences, wanted_of
from multi_instance_manager.plan.reconcile import ReconcileContext, reconcile
from multi_instance_manager.settings.model import Limits
from multi_instance_manager.text.secret import Secret
from unit.builders import ACTIVE, KEY, NEXT_IMAGE, RESERVED, container_of, spec_of

SPEC = spec_of("user-a")
CONTAINER = container_of(SPEC)
WANTED = wanted_of(SPEC)
_CHANGED = "was changed on the engine"


def extra(text: str) -> ExtraArgs:
    parsed = parse_docker_args((text,), reader=lambda _: "", environment={}, reserved=RESERVED)
    assert not parsed.problems
    return parsed.extra


def test_a_container_that_stands_as_it_was_made_has_no_difference() -> None:
    assert differences(SPEC, CONTAINER, WANTED) == ()
    assert differences(SPEC, CONTAINER, None) == ()


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"restart_policy": ""}, "restart policy was changed on the engine: unless-stopped → none"),
        ({"memory_bytes": 512}, "memory limit was changed on the engine: none → 512"),
        ({"nano_cpus": 5}, "CPU limit was changed on the engine: none → 5"),
        ({"is_privileged": True}, "--privileged was changed on the engine: off → on"),
        ({"pid_mode": "host"}, "process namespace was changed on the engine: none → host"),
        ({"capabilities": frozenset({"ALL"})}, "capabilities were added on the engine: ALL"),
        (
            {"published": {**WANTED.published, "2048/tcp": frozenset({("0.0.0.0", "2048")})}},
            "published port of 2048/tcp was changed on the engine: 127.0.0.1:2048 → 0.0.0.0:2048",
        ),
        (
            {"published": {**WANTED.published, "22/tcp": frozenset({("127.0.0.1", "22")})}},
            "published port of 22/tcp was changed on the engine: none → 127.0.0.1:22",
        ),
        ({"binds": WANTED.binds | {"/etc"}}, "mount /etc was added on the engine"),
    ],
)
def test_what_was_changed_is_named_with_both_values(changes: dict[str, Any], cause: str) -> None:
    (found,) = differences(SPEC, CONTAINER, replace(WANTED, **changes))

    assert cause_text(found) == cause


def test_a_variable_that_was_changed_is_named_without_its_value() -> None:
    name = next(iter(WANTED.variables))
    variables = {**WANTED.variables, name: Secret(f"other {KEY}")}

    (cause,) = differences(SPEC, CONTAINER, replace(WANTED, variables=variables))

    assert cause_text(cause) == f"variable {name} was changed on the engine"
    assert KEY not in repr(WANTED)


@pytest.mark.parametrize("part", ["memory_bytes", "nano_cpus"])
def test_a_limit_that_the_kernel_cannot_keep_is_no_difference(part: str) -> None:
    spec = replace(SPEC, limits=Limits(memory_bytes=1024, nano_cpus=1024))
    stands = wanted_of(spec)

    assert differences(spec, CONTAINER, replace(stands, **{part: 0})) == ()
    assert len(differences(spec, CONTAINER, replace(stands, **{part: 7}))) == 1


def test_variables_of_the_image_are_its_own_matter() -> None:
    more = replace(WANTED, variables={**WANTED.variables, "PATH": Secret("/bin")})

    assert differences(SPEC, CONTAINER, more) == ()


@pytest.mark.parametrize("change", ["source", "mode", "gone"])
def test_a_mount_that_leads_elsewhere_is_named(change: str) -> None:
    mounts, read_only = dict(CONTAINER.mounts), CONTAINER.read_only
    if change == "source":
        mounts[ACTIVE] = "/elsewhere"
    elif change == "gone":
        del mounts[ACTIVE]
    else:
        read_only |= {ACTIVE}
    changed = replace(CONTAINER, mounts=mounts, read_only=read_only)

    (cause,) = differences(SPEC, changed, WANTED)

    assert cause_text(cause) == f"mount {ACTIVE} was changed on the engine"


@pytest.mark.parametrize(
    ("before", "is_the_same"),
    [
        ("", True),
        ("/host_mnt", True),
        ("/run/desktop/mnt/host", True),
        ("/mnt/host", True),
        ("/mnt/backup", False),
        ("/home/other", False),
        ("/host_mnt/host_mnt", False),
    ],
)
def test_a_folder_elsewhere_whose_path_ends_alike_is_another(
    before: str, *, is_the_same: bool
) -> None:
    mounts = {target: f"{before}{source}" for target, source in CONTAINER.mounts.items()}
    changed = replace(CONTAINER, mounts=mounts)

    causes = () if is_the_same else tuple(f"mount {m.target} {_CHANGED}" for m in SPEC.mounts)
    assert tuple(map(cause_text, differences(SPEC, changed, WANTED))) == causes


@pytest.mark.parametrize(
    ("text", "networks", "causes"),
    [
        ("", {"bridge": "1"}, ()),
        ("", {"podman": "1"}, ()),
        ("", {}, ()),
        ("", {"slirp4netns": ""}, ()),
        ("", {"bridge": "1", "more": "2"}, ("network more was connected on the engine",)),
        ("--network own", {"own": "1"}, ()),
        ("--network 12ab", {"own": "12abcdef"}, ()),
        (
            "--network own",
            {"bridge": "1"},
            (
                "network bridge was connected on the engine",
                "network own was disconnected on the engine",
            ),
        ),
    ],
)
def test_networks_are_those_that_were_asked_for(
    text: str, networks: dict[str, str], causes: tuple[str, ...]
) -> None:
    spec = spec_of("user-a", extra=extra(text)) if text else SPEC
    container = replace(container_of(spec), networks=networks)

    assert tuple(map(cause_text, differences(spec, container, wanted_of(spec)))) == causes


def test_a_port_that_the_engine_was_to_choose_may_be_any() -> None:
    spec = spec_of("user-a", extra=extra("-p 9999"))
    stands = wanted_of(spec)
    chosen = {**stands.published, "9999/tcp": frozenset({("0.0.0.0", "32768")})}

    assert differences(spec, container_of(spec), replace(stands, published=chosen)) == ()


def test_an_inspection_is_read_as_what_was_sent() -> None:
    payload = SPEC.payload()
    mounts = [
        {"Type": "bind", "Source": m.source, "Destination": m.target, "RW": not m.read_only}
        for m in SPEC.mounts
    ]
    details = {
        "State": {"Status": "running"},
        "HostConfig": {**payload["HostConfig"], "CapAdd": None, "PidMode": "private"},
        "Config": {"Env": payload["Env"]},
        "Mounts": [*mounts, {"Type": "volume", "Source": "/v", "Destination": "/data"}],
    }

    assert differences(SPEC, CONTAINER, status_of(details).built) == ()
    assert status_of({"State": {"Status": "running"}}).built is None


def causes(stands: Built | None = None, **changes: Any) -> tuple[str, ...]:
    container = replace(CONTAINER, **changes)
    found = differences(SPEC, container, stands)
    given = ReconcileContext(differences={container.container_id: found} if found else {})
    (operation,) = reconcile([SPEC], Fleet({SPEC.container_name: container}), given).operations
    return tuple(map(cause_text, operation.causes))


def test_the_plan_tells_the_image_that_runs_and_not_that_of_the_label() -> None:
    assert causes() == ("unchanged",)
    assert causes(image_id=NEXT_IMAGE.image_id) == (
        f"image changed: {SPEC.image.name} (bbbbbbbbbbbb) → {SPEC.image.name} (aaaaaaaaaaaa)",
    )


def test_a_label_of_an_earlier_image_on_a_container_of_the_wanted_one_changes_nothing() -> None:
    labels = spec_of("user-a", image=NEXT_IMAGE).labels().as_mapping()

    assert causes(labels=labels) == ("unchanged",)


def test_a_container_that_was_changed_is_replaced_for_that() -> None:
    assert causes(replace(WANTED, memory_bytes=1)) == (
        "memory limit was changed on the engine: none → 1",
    )
