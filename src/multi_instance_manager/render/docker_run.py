"""The shell lines that would do what an operation does. Pure.

Pasted into a shell, they prepare the same private files and run the same container: the next `up`
finds it unchanged. Secrets come from exported variables, so that no command line shows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.export.private_files import (
    mount_point_lines,
    preparing_lines,
    secret_lines,
)
from multi_instance_manager.fleet.container_names import aside_name_of
from multi_instance_manager.plan.causes import CauseCode
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.plan.spec import LOG_DRIVER, LOG_OPTIONS, RESTART_POLICY
from multi_instance_manager.text.shell_words import quote

if TYPE_CHECKING:
    from multi_instance_manager.export.private_files import Surroundings
    from multi_instance_manager.plan import mounts
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.plan.spec import InstanceSpec


def opening_lines(around: Surroundings, spec: InstanceSpec) -> list[str]:
    """Return the lines that all instances need: the secrets and the shared mount points.

    Without ``--show-secrets`` the lines ask for the secrets instead of showing them.
    """
    lines = secret_lines(around, spec)
    lines.append(f"mkdir -p -m 700 {quote(str(around.layout.top))}")
    return lines + mount_point_lines(around)


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
    lines += preparing_lines(around, spec)
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
