"""The shell lines that prepare the private files of an instance, as `up` does. Pure.

Secrets come from exported variables, so that no command line shows them.
"""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.plan.launch_secret import SecretKind
from multi_instance_manager.plan.secret_changes import ENV_FILE, VERSION, title_of
from multi_instance_manager.text.digest import digest_of
from multi_instance_manager.text.shell_words import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multi_instance_manager.plan import mounts
    from multi_instance_manager.plan.launch_secret import LaunchSecret
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.state.layout import StateLayout

_DIGITS = 8
_SALTED = (
    "salt=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \\n'); "
    """digest() { printf '%s\\n' "$1"; printf '%s\\n' "$salt" "$2" | sha256sum; }"""
)


class Surroundings(msgspec.Struct, frozen=True):
    """Facts for all lines of one run; ``client_options`` select the docker client's engine.

    ``otherwise`` is the other way to give the secrets, as a next step.
    """

    settings: Settings
    layout: StateLayout
    host: mounts.Host
    missing_mount_points: tuple[str, ...]
    pool_files: Mapping[str, PurePath]
    client_options: tuple[str, ...] = ()
    otherwise: str = "use --show-secrets"

    @property
    def docker(self) -> str:
        """The docker client with the options that select the engine."""
        return " ".join(("docker", *map(quote, self.client_options)))


def usual_of(specs: Sequence[InstanceSpec]) -> InstanceSpec | None:
    """Return a spec with the most common secrets; the script asks for these once."""
    counted = Counter(spec.secrets() for spec in specs)
    return max(specs, key=lambda spec: counted[spec.secrets()], default=None)


def secret_lines(around: Surroundings, spec: InstanceSpec, whose: str = "") -> list[str]:
    """Set the shell variables of an instance's secrets, or ask for them.

    ``whose`` is the prefix of the variables' names: it keeps the secrets of one instance apart from
    the shared ones.
    """
    named = zip(shell_names(spec), spec.secrets(), strict=True)
    if around.settings.show_secrets:
        return [f"export {shell}={quote(secret.value.reveal())}" for shell, secret in named]
    return [_asking_for(shell, secret, whose, around.otherwise) for shell, secret in named]


def _asking_for(shell_name: str, secret: LaunchSecret, whose: str, otherwise: str) -> str:
    told = "".join(c for c in secret.name if c.isalnum() or c == "_")
    asked = f"{whose}{shell_name}"
    what = "the whole option" if secret.kind is SecretKind.OPTION else "the value of"
    asking = f"${{{asked}:?export it first ({what} {told}), or {otherwise}}}"
    return f'export {shell_name}="{asking}"' if whose else f': "{asking}"; export {shell_name}'


def with_own_secrets(around: Surroundings, spec: InstanceSpec, lines: list[str]) -> list[str]:
    """Return the lines of an instance with its own secrets, in a subshell that has them."""
    return ["(", *secret_lines(around, spec, own_prefix(spec)), *lines, ")"]


def own_prefix(spec: InstanceSpec) -> str:
    """Return the prefix of the shell variables that only this instance has.

    Two instances never share one: ``a.b`` and ``a_b`` end in different digests.
    """
    name = spec.container_name
    whose = "".join(c if c.isascii() and c.isalnum() else "_" for c in name).upper()
    is_plain = name.replace("-", "").isalnum()
    return f"{whose}_" if is_plain else f"{whose}_{digest_of(name.encode())[:_DIGITS].upper()}_"


def shell_names(spec: InstanceSpec) -> tuple[str, ...]:
    """The shell variable of each secret: ours by their names, the person's own by number."""
    own = _own_names(spec)
    return (*own, *(f"EXTRA_{n}" for n in range(1, len(spec.secrets()) - len(own) + 1)))


def _own_names(spec: InstanceSpec) -> tuple[str, ...]:
    """The names of our own secrets: at most one, the key."""
    return tuple(one.name for one in spec.secrets() if one.kind is SecretKind.KEY)


def mount_point_lines(around: Surroundings, mkdir: str = "mkdir") -> list[str]:
    """Create the missing mount points of the shared tree; ``mkdir`` is the command for folders."""
    tree = around.host.tree
    if tree is None:
        return []
    lines = [f"{mkdir} {quote(f'{tree}/{name}')}" for name in around.missing_mount_points]
    key_name = around.settings.application.paths.key_file
    key_file = quote(f"{tree}/{key_name}")
    return [*lines, f"[ -e {key_file} ] || : > {key_file}"] if key_name else lines


def preparing_lines(around: Surroundings, spec: InstanceSpec) -> list[str]:
    """Write the private files of an instance: the runtime copy, the mask, the key."""
    layout, name = around.layout, spec.container_name
    top = quote(str(layout.top))
    copy = layout.copy(name, spec.profile_name)
    pool_file = around.pool_files[spec.profile_name]
    active, saved = quote(str(layout.active_dir(name))), quote(str(layout.saved_dir(name)))
    emergency = quote(str(layout.emergency_dir(name)))
    saved_copy = quote(str(layout.saved_copy(name, spec.profile_name)))
    mask = quote(str(layout.mask_dir(name)))
    lines = [
        f"mkdir -p -m 700 {top}/active {top}/private {quote(str(layout.private_dir(name)))} {mask}",
        f"mkdir -p {active} {emergency} {saved}",
        f"chmod 777 {active} && chmod 755 {emergency} {saved}",
        f"install -m 666 {quote(str(pool_file))} {quote(str(copy))}",
        f"install -m 644 {quote(str(pool_file))} {saved_copy}",
        f"rm -f {quote(str(layout.custody_record(name)))}",
    ]
    key_file = layout.key_file(name)
    if any(mount.source == str(key_file) for mount in spec.mounts):
        (key_name,) = _own_names(spec)
        lines.append(f"printf '%s\\n' \"${key_name}\" > {quote(str(key_file))}")
        lines.append(f"chmod 644 {quote(str(key_file))}")
    lines.append(_recording(around, spec))
    return lines


def _recording(around: Surroundings, spec: InstanceSpec) -> str:
    """The digests of the secrets, which tell the next `up` that nothing has changed."""
    lines = [f"printf '{VERSION} %s\\n' \"$salt\""]
    pairs = zip(shell_names(spec), spec.secrets(), strict=True)
    lines += [f'digest {quote(title_of(secret))} "${shell}"' for shell, secret in pairs]
    env_file = around.settings.docker_env_file
    if spec.env_digest and env_file:
        lines.append(f"echo {ENV_FILE}; sha256sum < {quote(str(env_file))}")
    record = quote(str(around.layout.secret_record(spec.container_name)))
    return f"(umask 077; {_SALTED}; {{ {'; '.join(lines)}; }} > {record})"
