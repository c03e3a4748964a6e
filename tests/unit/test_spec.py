"""The spec of one container: what its hash stands for, what the engine gets, what stays hidden."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from multi_instance_manager.engine.docker_run import ExtraArgs
from multi_instance_manager.engine.protocol.engine import Image
from multi_instance_manager.fleet.labels import parse_labels
from multi_instance_manager.fleet.leases import PortPair
from multi_instance_manager.plan.mounts import Mount, Variable
from multi_instance_manager.plan.spec import InstanceSpec, identity_of
from multi_instance_manager.settings.model import Limits
from multi_instance_manager.text.secret import Secret
from unit.builders import IMAGE, KEY, some_settings, spec_of

SPEC = spec_of("user-a")


def with_ports(api: int, stream: int, slot: int = 0) -> InstanceSpec:
    identity = identity_of("ai-proxy", "/srv/application", "user-a", slot, PortPair(api, stream))
    return replace(SPEC, identity=identity)


def with_variable(name: str, value: str) -> InstanceSpec:
    others = tuple(v for v in SPEC.variables if v.name != name)
    return replace(SPEC, variables=(*others, Variable(name, value)))


def with_first_mount(**changes: Any) -> InstanceSpec:
    return replace(SPEC, mounts=(replace(SPEC.mounts[0], **changes), *SPEC.mounts[1:]))


def test_the_hash_is_the_same_on_every_machine_and_in_every_release() -> None:
    """A new value here replaces every running container of every user: raise the version too."""
    assert SPEC.hash == "v2:3701a0563bb051c4923dc593"


@pytest.mark.parametrize(
    "changed",
    [
        replace(SPEC, image=Image(IMAGE.name, "sha256:cc")),
        replace(SPEC, image=Image("other:1", "")),
        replace(SPEC, host_ip="0.0.0.0"),
        replace(SPEC, extra=ExtraArgs(("--init=true",))),
        replace(SPEC, limits=Limits(memory_bytes=2**30)),
        replace(SPEC, limits=Limits(nano_cpus=10**9)),
        replace(SPEC, limits=Limits(shm_bytes=2**30)),
        replace(SPEC, mounts=SPEC.mounts[1:]),
        replace(SPEC, mounts=(*SPEC.mounts, Mount("/a", "/b"))),
        with_first_mount(source="/elsewhere"),
        with_first_mount(target="/elsewhere"),
        with_first_mount(read_only=False),
        with_ports(2049, 3120),
        with_ports(2048, 3121),
        with_variable("SERVER_LOG_LEVEL", "DEBUG"),
        with_variable("NEW", ""),
        replace(SPEC, variables=SPEC.variables[1:]),
    ],
)
def test_the_hash_changes_with_everything_that_makes_a_container(changed: InstanceSpec) -> None:
    assert changed.hash != SPEC.hash


@pytest.mark.parametrize(
    "same",
    [
        spec_of("user-a"),
        replace(SPEC, mounts=SPEC.mounts[::-1]),
        replace(SPEC, variables=SPEC.variables[::-1]),
        replace(SPEC, image=Image("the-same-image:retagged", IMAGE.image_id)),
        with_ports(2048, 3120, slot=7),
        spec_of("user-a", settings=some_settings(memory_per_instance_gb=3.0, auto_confirm=True)),
    ],
)
def test_the_hash_changes_with_nothing_else(same: InstanceSpec) -> None:
    assert same.hash == SPEC.hash


@pytest.mark.parametrize(
    "changed",
    [
        spec_of("user-a", settings=some_settings(api_key=Secret("sk-another"))),
        replace(SPEC, extra=ExtraArgs(("--env=TOKEN=one",))),
    ],
)
def test_a_secret_is_told_by_itself_and_not_even_as_a_digest_in_the_labels(
    changed: InstanceSpec,
) -> None:
    """Labels are open to whoever may ask the engine, and a short key can be guessed."""
    other = replace(changed, extra=ExtraArgs(tuple(t + "-2" for t in changed.extra.tokens)))
    rekeyed = replace(
        other, variables=tuple(replace(v, value="x") if v.secret else v for v in other.variables)
    )

    assert changed.secrets() != SPEC.secrets()
    assert rekeyed.secrets() != changed.secrets()
    assert rekeyed.hash == changed.hash
    assert rekeyed.labels() == changed.labels()


def test_two_profiles_never_have_the_same_hash() -> None:
    assert spec_of("user-b").hash != SPEC.hash


def test_a_value_cannot_be_moved_between_two_variables_unseen() -> None:
    first = replace(SPEC, variables=(Variable("A", "1 B"), Variable("C", "2")))
    second = replace(SPEC, variables=(Variable("A", "1"), Variable("B C", "2")))

    assert first.hash != second.hash


def test_the_ports_are_published_on_loopback_alone() -> None:
    assert SPEC.payload()["HostConfig"]["PortBindings"] == {
        "2048/tcp": [{"HostIp": "127.0.0.1", "HostPort": "2048"}],
        "3120/tcp": [{"HostIp": "127.0.0.1", "HostPort": "3120"}],
    }
    assert SPEC.payload()["ExposedPorts"] == {"2048/tcp": {}, "3120/tcp": {}}


def test_the_ports_of_another_slot_lead_to_the_same_ports_inside() -> None:
    bindings = with_ports(2055, 3127).payload()["HostConfig"]["PortBindings"]

    assert {inner: outer[0]["HostPort"] for inner, outer in bindings.items()} == {
        "2048/tcp": "2055",
        "3120/tcp": "3127",
    }


def test_the_payload_restarts_an_instance_unless_somebody_stopped_it() -> None:
    policy = SPEC.payload()["HostConfig"]["RestartPolicy"]

    assert policy == {"Name": "unless-stopped", "MaximumRetryCount": 0}


def test_the_payload_keeps_the_log_from_growing() -> None:
    assert SPEC.payload()["HostConfig"]["LogConfig"] == {
        "Type": "json-file",
        "Config": {"max-file": "3", "max-size": "10m"},
    }


def test_the_payload_mounts_by_bind_and_never_creates_a_missing_source() -> None:
    mounts = SPEC.payload()["HostConfig"]["Mounts"]

    assert {mount["Type"] for mount in mounts} == {"bind"}
    assert [mount["Target"] for mount in mounts] == [mount.target for mount in SPEC.mounts]
    assert "Binds" not in SPEC.payload()["HostConfig"]


def test_the_payload_names_image_and_variables() -> None:
    payload = SPEC.payload()

    assert payload["Image"] == "ai-studio-proxy:latest"
    assert payload["Env"] == [
        "ACTIVE_AUTH_JSON_PATH=/app/auth_profiles/saved/user-a.json",
        "AUTO_AUTH_ROTATION_ON_STARTUP=false",
        "AUTO_ROTATE_AUTH_PROFILE=false",
        "SERVER_LOG_LEVEL=INFO",
        f"API_KEY={KEY}",
        "QUOTA_SOFT_LIMIT=1000000000000",
        "QUOTA_HARD_LIMIT=1000000000000",
    ]


def test_the_payload_limits_nothing_that_was_not_asked_for() -> None:
    limited = {"Memory", "NanoCpus", "ShmSize"}

    assert limited & SPEC.payload()["HostConfig"].keys() == set()


def test_the_payload_limits_what_was_asked_for() -> None:
    spec = replace(SPEC, limits=Limits(2**30, 1_500_000_000, 2**26))

    host_config = spec.payload()["HostConfig"]
    assert host_config["Memory"] == 2**30
    assert host_config["NanoCpus"] == 1_500_000_000
    assert host_config["ShmSize"] == 2**26


def test_the_payload_carries_the_extra_arguments() -> None:
    spec = replace(SPEC, extra=ExtraArgs(("--hostname=box",)))

    assert spec.payload()["Hostname"] == "box"


def test_the_labels_tell_the_spec_again() -> None:
    labels = parse_labels(SPEC.payload()["Labels"])

    assert labels == SPEC.labels()
    assert labels is not None
    assert labels.spec_hash == SPEC.hash
    assert labels.identity.profile_name == "user-a"


def test_the_labels_never_show_the_key() -> None:
    assert KEY not in str(SPEC.payload()["Labels"])


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_the_address_of_the_api_can_be_opened(address: str) -> None:
    shown = {"127.0.0.1": "http://127.0.0.1:2048", "::1": "http://[::1]:2048"}

    assert replace(SPEC, host_ip=address).api_url == shown[address]


@pytest.mark.parametrize(
    "holder",
    [
        SPEC,
        SPEC.variables,
        some_settings(),
        Secret(KEY),
        Variable("API_KEY", KEY, secret=True),
        replace(SPEC, extra=ExtraArgs((f"--env=TOKEN={KEY}",))),
    ],
)
def test_nothing_that_holds_the_key_shows_it(holder: object) -> None:
    assert KEY not in repr(holder)
    assert KEY not in str(holder)
    assert KEY not in f"{holder}"


def test_a_secret_gives_its_value_where_it_is_asked_for() -> None:
    assert Secret(KEY).reveal() == KEY
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret("other")
