"""Units for Podman's systemd generator: one `.container` file for each instance. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.export.exported import Export, ExportedFile
from multi_instance_manager.export.losses import Loss, comment_lines, with_usual_losses
from multi_instance_manager.export.names import cluster_name
from multi_instance_manager.export.preparation import preparation
from multi_instance_manager.export.services import SERVICE_KEYS, cpus_text
from multi_instance_manager.export.wanted import ENV, Assignment, wanted_of
from multi_instance_manager.plan.spec import LOG_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from multi_instance_manager.export.exported import Ingredient
    from multi_instance_manager.export.wanted import Wanted
    from multi_instance_manager.plan import mounts

SUFFIX = ".container"
_LIMITS = {"Memory": "--memory", "ShmSize": "--shm-size"}
_LIMIT_FLAGS = ("--memory", "--cpus", "--shm-size")
_CARRIED = {ENV, *SERVICE_KEYS, *_LIMIT_FLAGS}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "%": "%%", "$": "$$"}
_LAST_CONTROL = 0x7F
_MORE_TO_STOP_S = 10
_LOG_DRIVER = "k8s-file"
"""What Podman makes of the manager's own driver."""


def quadlet(given: Ingredient) -> Export:
    """Return a unit for each instance, and the script that prepares files and Podman's secrets."""
    instances, lost = wanted_of(given.specs, _CARRIED)
    losses = with_usual_losses(lost)
    units = tuple(
        ExportedFile(f"{one.spec.container_name}{SUFFIX}", _unit(given, one, losses))
        for one in instances
    )
    return Export((*units, *preparation(given, instances, _creating)), losses)


def _unit(given: Ingredient, one: Wanted, losses: Iterable[Loss]) -> str:
    name = one.spec.container_name
    opening = (
        "One instance of a pool, for Podman 4.6 or newer:",
        "",
        f"  bash prepare.sh && cp *{SUFFIX} /etc/containers/systemd/",
        f"  systemctl daemon-reload && systemctl start {name}",
        "",
        "For a user: ~/.config/containers/systemd/, and systemctl --user.",
    )
    lines = [
        *comment_lines(opening, losses),
        "[Unit]",
        f"Description=Instance {name}",
        "",
        "[Container]",
        *_container(one),
        f'PodmanArgs="--stop-timeout={given.stop_timeout_s}"',
        "",
        "[Service]",
        "Restart=always",
        f"TimeoutStopSec={given.stop_timeout_s + _MORE_TO_STOP_S}",
        "",
        "[Install]",
        "WantedBy=default.target",
    ]
    return "".join(f"{line}\n" for line in lines)


def _container(one: Wanted) -> Iterator[str]:
    spec = one.spec
    yield f"Image={spec.image.name}"
    yield "Pull=never"
    yield f"ContainerName={spec.container_name}"
    for inner, outer in spec.published.items():
        address = f"[{spec.host_ip}]" if ":" in spec.host_ip else spec.host_ip
        yield f"PublishPort={address}:{outer}:{inner}"
    for mount in spec.mounts:
        yield f"Mount={_word(_mount_value(mount))}"
    for each in one.assignments:
        yield _variable(one, each)
    yield f"LogDriver={_LOG_DRIVER}"
    for word in _more_words(one):
        yield f"PodmanArgs={_word(word)}"


def _variable(one: Wanted, each: Assignment) -> str:
    if not each.reference:
        return f"Environment={_word(f'{each.name}={each.value}')}"
    return f"Secret={_secret_name(one, each.local_name)},type=env,target={each.name}"


def _more_words(one: Wanted) -> Iterator[str]:
    """Limits, log options and extra options: the same words as for `docker run`."""
    host = one.spec.payload()["HostConfig"]
    for name, value in LOG_OPTIONS:
        if name == "max-size":  # the only one that this driver has
            yield f"--log-opt={name}={value}"
    yield from (f"{flag}={host[key]}" for key, flag in _LIMITS.items() if host.get(key))
    if host.get("NanoCpus"):
        yield f"--cpus={cpus_text(host['NanoCpus'])}"
    for token in one.spec.extra.tokens:
        if token.partition("=")[0] in SERVICE_KEYS:
            yield token


def _mount_value(mount: mounts.Mount) -> str:
    fields = ["type=bind", f"source={mount.source}", f"destination={mount.target}"]
    if mount.read_only:
        fields.append("ro=true")
    return ",".join(map(_csv_field, fields))


def _csv_field(field: str) -> str:
    if not any(character in field for character in ',"\n'):
        return field
    doubled = field.replace('"', '""')
    return f'"{doubled}"'


def _word(text: str) -> str:
    """Quote a word for a unit: the generator takes the quotes off, systemd puts nothing in."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    is_control = character < " " or ord(character) == _LAST_CONTROL
    return f"\\x{ord(character):02x}" if is_control else character


def _secret_name(one: Wanted, shell_name: str) -> str:
    return cluster_name(f"{one.spec.container_name}-{shell_name.lower().replace('_', '-')}")


def _creating(one: Wanted) -> list[str]:
    """Return the lines that create Podman's secrets of an instance, anew each time."""
    lines = []
    for each in one.assignments:
        if each.reference:
            name = _secret_name(one, each.local_name)
            lines.append(f"podman secret rm {name} >/dev/null 2>&1 || :")
            value = f'"${each.local_name}"'
            lines.append(f"printf %s {value} | podman secret create {name} - >/dev/null")
    return lines
