"""Everything about one container, in one frozen object; all renderings come from it. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.fleet.labels import Identity, InstanceLabels
from multi_instance_manager.http.urls import url_of
from multi_instance_manager.plan.launch_secret import LaunchSecret, SecretKind
from multi_instance_manager.text.secret import Secret

if TYPE_CHECKING:
    from multi_instance_manager.application.definition import ContainerPorts
    from multi_instance_manager.engine.docker_run import ExtraArgs
    from multi_instance_manager.engine.protocol.engine import Image
    from multi_instance_manager.fleet.leases import PortPair
    from multi_instance_manager.plan import mounts as contract
    from multi_instance_manager.settings.model import Limits

API_PORT, STREAM_PORT = "API port", "stream port"
MEMORY_LIMIT, CPU_LIMIT = "memory limit", "CPU limit"
EXTRA = "extra docker arguments"
NO_EXTRA = "[]"
KEY_ALONE = "API_KEY"
_MOUNT, _OPTION = "mount ", "option "
_VERSION = "v2"
_HASH_DIGITS = 24
_PART_DIGITS = 10
LOG_DRIVER = "json-file"
LOG_OPTIONS = (("max-file", "3"), ("max-size", "10m"))
RESTART_POLICY = "unless-stopped"


class InstanceSpec(msgspec.Struct, frozen=True):
    """One wanted container.

    ``inner_ports`` are those in the container. ``env_digest`` is that of the mounted environment
    file's content, ``env_variables`` what the application reads out of it. ``key`` is what its own
    key file holds, where no variable tells it, too.
    """

    identity: Identity
    container_name: str
    image: Image
    host_ip: str
    inner_ports: ContainerPorts
    variables: tuple[contract.Variable, ...]
    mounts: tuple[contract.Mount, ...]
    limits: Limits
    extra: ExtraArgs
    env_digest: str | None = None
    env_variables: tuple[tuple[str, Secret], ...] = ()
    key: Secret | None = None

    @property
    def profile_name(self) -> str:
        """The exact name of its profile."""
        return self.identity.profile_name

    @property
    def host_ports(self) -> tuple[int, ...]:
        """Its host ports: API, then stream if there is one."""
        return self.identity.host_ports

    @property
    def published(self) -> dict[int, int]:
        """The host port of each port in the container."""
        inner, lease = self.inner_ports, self.identity
        found = {inner.api: lease.api_port}
        if inner.stream is not None and lease.stream_port is not None:
            found[inner.stream] = lease.stream_port
        return found

    @property
    def api_url(self) -> str:
        """Where its API answers."""
        return url_of(self.host_ip, self.identity.api_port)

    def parts(self) -> dict[str, str]:
        """What the spec is made of, by names that a person understands.

        Labels show digests of these to whoever may ask the engine, and a dry run prints them; so
        nothing secret is among them, not even as a digest. `secrets` are compared privately.
        """
        limits = self.limits
        found = {
            "image": self.image.image_id or self.image.name,
            API_PORT: f"{self.host_ip} {self.identity.api_port}",
            "container's API port": str(self.inner_ports.api),
            MEMORY_LIMIT: str(limits.memory_bytes),
            CPU_LIMIT: str(limits.nano_cpus),
            "shared memory": str(limits.shm_bytes),
            EXTRA: json.dumps(self.extra.masked_tokens),
        }
        if self.identity.stream_port is not None:
            found[STREAM_PORT] = f"{self.host_ip} {self.identity.stream_port}"
            found["container's stream port"] = str(self.inner_ports.stream)
        found |= {variable_part(v.name): v.value for v in self.variables if not v.secret}
        found |= {mount_part(m.target): f"{m.source} {m.read_only}" for m in self.mounts}
        return found

    def secrets(self) -> tuple[LaunchSecret, ...]:
        """What must not be shown: the key, then the person's own variables and options."""
        keys = [(v.name, Secret(v.value)) for v in self.variables if v.secret]
        keys += [(KEY_ALONE, self.key)] if self.key else []
        return (
            *(LaunchSecret(SecretKind.KEY, *key) for key in keys),
            *(LaunchSecret(SecretKind.VARIABLE, n, Secret(v)) for n, v in self.extra.environment),
            *(LaunchSecret(SecretKind.OPTION, n, Secret(v)) for n, v in self.extra.hidden),
        )

    @property
    def hash(self) -> str:
        """The versioned digest of all parts; a container that carries it is up to date."""
        text = json.dumps(self.parts(), sort_keys=True)
        return f"{_VERSION}:{hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]}"

    def labels(self) -> InstanceLabels:
        """The labels that make the container ours and tell what it was made from.

        The options of the extra arguments are digested one by one besides, to name what changes.
        """
        shown = self.extra.masked_options
        options = {option_part(flag): json.dumps(texts) for flag, texts in shown.items()}
        parts = sorted((self.parts() | options).items())
        digests = tuple((name, part_digest(name, text)) for name, text in parts)
        return InstanceLabels(self.identity, self.image.image_id, self.hash, digests)

    def payload(self) -> dict[str, Any]:
        """The body of the Engine API's create call.

        ``Platform``, where there is one, goes into the call's query instead.
        """
        ports = self.published
        base: dict[str, Any] = {
            "Image": self.image.name,
            "Env": [f"{v.name}={v.value}" for v in self.variables],
            "Labels": self.labels().as_mapping(),
            "ExposedPorts": {f"{inner}/tcp": {} for inner in ports},
            "HostConfig": {
                "PortBindings": {
                    f"{inner}/tcp": [{"HostIp": self.host_ip, "HostPort": str(outer)}]
                    for inner, outer in ports.items()
                },
                "Mounts": [_mount_payload(mount) for mount in self.mounts],
                "RestartPolicy": {"Name": RESTART_POLICY, "MaximumRetryCount": 0},
                "LogConfig": {"Type": LOG_DRIVER, "Config": dict(LOG_OPTIONS)},
                **_limits_payload(self.limits),
            },
        }
        whole = self.extra.apply_to(base)
        return {**whole, "Platform": self.extra.platform} if self.extra.platform else whole


def identity_of(fleet: str, root: str, profile_name: str, slot: int, ports: PortPair) -> Identity:
    """The identity of a profile's instance under its lease."""
    return Identity(fleet, root, profile_name, slot, ports.api, ports.stream)


def mount_part(target: str) -> str:
    """The name of the part that a mount at this path is."""
    return f"{_MOUNT}{target}"


def variable_part(name: str) -> str:
    """The name of the part that a variable is."""
    return f"variable {name}"


def option_part(flag: str) -> str:
    """The name under which labels have the values of one extra option."""
    return f"{_OPTION}{flag}"


def option_of(part: str) -> str | None:
    """The extra option that a part of labels is about; None for any other part."""
    return part.removeprefix(_OPTION) if part.startswith(_OPTION) else None


def targets_of(source: str, labels: InstanceLabels, *, read_only: bool = False) -> tuple[str, ...]:
    """Where a container sees a host path, by the digests in its labels alone."""
    known = f"{source} {read_only}"
    return tuple(
        name.removeprefix(_MOUNT)
        for name, digest in labels.spec_parts
        if name.startswith(_MOUNT) and digest == part_digest(name, known)
    )


def part_digest(name: str, text: str) -> str:
    """The digest of a part, as labels have it."""
    whole = f"{name}={text}".encode(errors="surrogateescape")
    return hashlib.sha256(whole).hexdigest()[:_PART_DIGITS]


def _mount_payload(mount: contract.Mount) -> dict[str, Any]:
    return {
        "Type": "bind",
        "Source": mount.source,
        "Target": mount.target,
        "ReadOnly": mount.read_only,
    }


def _limits_payload(limits: Limits) -> dict[str, int]:
    named = {
        "Memory": limits.memory_bytes,
        "NanoCpus": limits.nano_cpus,
        "ShmSize": limits.shm_bytes,
    }
    return {name: value for name, value in named.items() if value is not None}
