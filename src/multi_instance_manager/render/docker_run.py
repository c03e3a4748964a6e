"""The shell lines that would do what an operation does. Pure.

Pasted into a shell, they prepare the same private files and run the same container: the next `up`
finds it unchanged. Secrets come from exported variables, so that no command line shows them.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.fleet.container_names import aside_name_of
from multi_instance_manager.plan.causes import CauseCode
from multi_instance_manager.plan.launch_secret import SecretKind
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.plan.secret_changes import ENV_FILE, VERSION, title_of
from multi_instance_manager.plan.spec import LOG_DRIVER, LOG_OPTIONS, RESTART_POLICY
from multi_instance_manager.text.shell_words import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.plan import mounts
    from multi_instance_manager.plan.launch_secret import LaunchSecret
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.state.layout import StateLayout


_SALTED = (
    "salt=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \\n'); "
    """digest() { printf '%s\\n' "$1"; printf '%s\\n' "$salt" "$2" | sha256sum; }"""
)


class Surroundings(msgspec.Struct, frozen=True):
    """Facts for all lines of one run; ``client_options`` select the docker client's engine."""

    settings: Settings
    layout: StateLayout
    host: mounts.Host
    missing_mount_points: tuple[str, ...]
    pool_files: Mapping[str, PurePath]
    client_options: tuple[str, ...] = ()

    @property
    def docker(self) -> str:
        """The docker client with the options that select the engine."""
        return " ".join(("docker", *map(quote, self.client_options)))


def opening_lines(around: Surroundings, spec: InstanceSpec) -> list[str]:
    """Return the lines that all instances need: the secrets and the shared mount points.

    Without ``--show-secrets`` the lines ask for the secrets instead of showing them.
    """
    lines = _secret_lines(around, spec)
    lines.append(f"mkdir -p -m 700 {quote(str(around.layout.top))}")
    tree = around.host.tree
    if tree is not None:
        lines += [f"mkdir {quote(f'{tree}/{name}')}" for name in around.missing_mount_points]
        key_name = around.settings.application.paths.key_file
        key_file = quote(f"{tree}/{key_name}")
        lines += [f"[ -e {key_file} ] || : > {key_file}"] if key_name else []
    return lines


def _secret_lines(around: Surroundings, spec: InstanceSpec, whose: str = "") -> list[str]:
    """Set the shell variables of an instance's secrets, or ask for them.

    ``whose`` is the prefix of the variables' names: it keeps the secrets of one instance apart from
    the shared ones.
    """
    named = zip(_shell_names(spec), spec.secrets(), strict=True)
    if around.settings.show_secrets:
        return [f"export {shell}={quote(secret.value.reveal())}" for shell, secret in named]
    return [_asking_for(shell, secret, whose) for shell, secret in named]


def _asking_for(shell_name: str, secret: LaunchSecret, whose: str) -> str:
    told = "".join(c for c in secret.name if c.isalnum() or c == "_")
    asked = f"{whose}{shell_name}"
    what = "the whole option" if secret.kind is SecretKind.OPTION else "the value of"
    asking = f"${{{asked}:?export it first ({what} {told}), or use --show-secrets}}"
    return f'export {shell_name}="{asking}"' if whose else f': "{asking}"; export {shell_name}'


def with_own_secrets(around: Surroundings, spec: InstanceSpec, lines: list[str]) -> list[str]:
    """Return the lines of an instance with its own secrets, in a subshell that has them."""
    whose = "".join(c if c.isascii() and c.isalnum() else "_" for c in spec.container_name)
    return ["(", *_secret_lines(around, spec, f"{whose.upper()}_"), *lines, ")"]


def _shell_names(spec: InstanceSpec) -> tuple[str, ...]:
    """The shell variable of each secret: ours by their names, the person's own by number."""
    own = _own_names(spec)
    return (*own, *(f"EXTRA_{n}" for n in range(1, len(spec.secrets()) - len(own) + 1)))


def _own_names(spec: InstanceSpec) -> tuple[str, ...]:
    """The names of our own secrets: at most one, the key."""
    return tuple(one.name for one in spec.secrets() if one.kind is SecretKind.KEY)


def operation_lines(around: Surroundings, operation: Operation) -> list[str]:
    """Return the lines of one operation; empty if it changes nothing."""
    docker, name = around.docker, quote(operation.container_name)
    spec, current = operation.spec, operation.current
    if operation.kind is OperationKind.REMOVE:
        return _removing(around, operation.container_name)
    if spec is None or not operation.has_effect:
        return []
    if operation.kind is OperationKind.START:
        verb = "unpause" if current is not None and current.state == "paused" else "start"
        return [f"{docker} {verb} {name}"]
    aside = quote(aside_name_of(operation.container_name))
    if operation.kind is OperationKind.RESTORE:
        return [f"{docker} rename {aside} {name}", f"{docker} start {name}"]
    if operation.kind is OperationKind.FINISH:
        return [f"{docker} start {name}", f"{docker} rm {aside}"]
    lines = [line for leftover in operation.discard for line in _removing(around, leftover.name)]
    lines += _replacing(around, operation, spec, aside) if operation.old else []
    lines += _preparing(around, spec)
    lines.append(run_line(around, spec))
    if operation.old:
        lines.append(f"{docker} rm {aside}   # once the new one is ready")
    return lines


def _removing(around: Surroundings, container_name: str) -> list[str]:
    docker, name = around.docker, quote(container_name)
    return [_stopping(around, name), f"{docker} rm {name}"]


def _replacing(
    around: Surroundings, operation: Operation, spec: InstanceSpec, aside: str
) -> list[str]:
    """Stop the old instance, save its refreshed session, and set it aside."""
    old, docker = operation.old, around.docker
    if old is None:
        return []
    name = quote(operation.container_name)
    lines = (
        []
        if old.name == aside_name_of(spec.container_name)
        else [
            _stopping(around, name),
            f"{docker} rename {name} {aside}",
        ]
    )
    return lines + _harvesting(around, operation, spec)


def _harvesting(around: Surroundings, operation: Operation, spec: InstanceSpec) -> list[str]:
    """Copy the refreshed session to the pool, or beside it if the owner saved another login."""
    copy = quote(str(around.layout.copy(spec.container_name, spec.profile_name)))
    kept = quote(str(around.layout.history_dir(spec.container_name)))
    pool_file = quote(str(around.pool_files[spec.profile_name]))
    moment = "$(date -u +%Y%m%dT%H%M%SZ)"
    keeping = f"cp {copy} {kept}/by-hand-{moment}.json"
    saving = f"cp {pool_file} {kept}/by-hand-{moment}.json && cp {copy} {pool_file}"
    action = keeping if operation.has_cause(CauseCode.OWNER_REPLACED) else saving
    return [
        f"mkdir -p -m 700 {quote(str(around.layout.top))}/history {kept}",
        f"[ ! -s {copy} ] || [ -L {copy} ] || {{ {action}; }}",
    ]


def _stopping(around: Surroundings, name: str) -> str:
    """Unlike a stop of ours, this gives the application no time to save."""
    timeout_s = round(around.settings.timeouts.stop_timeout_s)
    return f"{around.docker} stop -t {timeout_s} {name}   # `multi-instance stop` first saves more"


def _preparing(around: Surroundings, spec: InstanceSpec) -> list[str]:
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
    pairs = zip(_shell_names(spec), spec.secrets(), strict=True)
    lines += [f'digest {quote(title_of(secret))} "${shell}"' for shell, secret in pairs]
    env_file = around.settings.docker_env_file
    if spec.env_digest and env_file:
        lines.append(f"echo {ENV_FILE}; sha256sum < {quote(str(env_file))}")
    record = quote(str(around.layout.secret_record(spec.container_name)))
    return f"(umask 077; {_SALTED}; {{ {'; '.join(lines)}; }} > {record})"


def run_line(around: Surroundings, spec: InstanceSpec) -> str:
    """Return the exact `docker run` of an instance."""
    words = [*_run_words(spec), *_extra_words(spec), quote(spec.image.name)]
    return f"{around.docker} run -d --pull never " + " \\\n  ".join(words)


def _run_words(spec: InstanceSpec) -> list[str]:
    host_ip = f"[{spec.host_ip}]" if ":" in spec.host_ip else spec.host_ip
    words = [
        f"--name {quote(spec.container_name)}",
        f"--restart {RESTART_POLICY}",
        *(f"-p {host_ip}:{outer}:{inner}" for inner, outer in spec.published.items()),
        f"--log-driver {LOG_DRIVER}",
        *(f"--log-opt {name}={value}" for name, value in LOG_OPTIONS),
        *_limit_words(spec),
    ]
    for variable in spec.variables:
        assigned = quote(f"{variable.name}={variable.value}")
        words.append(f"-e {variable.name if variable.secret else assigned}")
    words += [f"--mount {quote(_mount_value(mount))}" for mount in spec.mounts]
    labels = spec.labels().as_mapping()
    words += [f"--label {quote(f'{name}={value}')}" for name, value in labels.items()]
    return words


def _limit_words(spec: InstanceSpec) -> list[str]:
    limits = spec.limits
    words = []
    if limits.memory_bytes is not None:
        words.append(f"--memory {limits.memory_bytes}")
    if limits.nano_cpus is not None:
        whole, billionths = divmod(limits.nano_cpus, 1_000_000_000)
        words.append(f"--cpus {whole}.{billionths:09}".rstrip("0").rstrip("."))
    if limits.shm_bytes is not None:
        words.append(f"--shm-size {limits.shm_bytes}")
    return words


def _mount_value(mount: mounts.Mount) -> str:
    """Return the value of ``--mount``: comma-separated fields, quoted as in a CSV file."""
    fields = ["type=bind", f"source={mount.source}", f"target={mount.target}"]
    if mount.read_only:
        fields.append("readonly")
    return ",".join(_csv_field(field) for field in fields)


def _csv_field(field: str) -> str:
    if not any(character in field for character in ',"\n'):
        return field
    doubled = field.replace('"', '""')
    return f'"{doubled}"'


def _extra_words(spec: InstanceSpec) -> list[str]:
    """Return the user's own arguments; possible secrets come from shell variables."""
    words: list[str] = []
    numbers = {name: number for number, (name, _) in enumerate(spec.extra.environment, 1)}
    whole = {value: number for number, (_, value) in enumerate(spec.extra.secrets, 1)}
    hidden = {token for token in spec.extra.tokens if token in whole}
    for token in spec.extra.tokens:
        option, _, assignment = token.partition("=")
        name, assigned, value = assignment.partition("=")
        if option == "--env" and assigned:
            words.append(f'--env={quote(name + "=")}"$EXTRA_{numbers[name]}"')
        elif token in hidden:
            words.append(f'"$EXTRA_{whole[token]}"')
        elif option == "--security-opt" and name == "seccomp" and value.startswith("{"):
            words.append(f"--security-opt=seccomp=<(printf %s {quote(value)})")
        else:
            words.append(quote(token))
    return words
