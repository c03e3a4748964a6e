"""The one path that starts a container, and the one that waits for it and proves it."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.errors import EngineError, InstanceFailed, NotFound
from multi_instance_manager.execute.outcome import InstanceState as State
from multi_instance_manager.execute.reopen import with_access
from multi_instance_manager.execute.unhealthy import Examination
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.host.listeners import busy_ports, holders_of
from multi_instance_manager.host.port_holder import holders_text
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.plan.secret_changes import record_of
from multi_instance_manager.probe.build_context import build_context
from multi_instance_manager.probe.build_exposure import image_finding
from multi_instance_manager.probe.image_contents import baked_in, suspects
from multi_instance_manager.probe.readiness import Wait, wait_until_ready
from multi_instance_manager.progress import Phase
from multi_instance_manager.proof.host_addresses import reachable_address
from multi_instance_manager.proof.prove import prove
from multi_instance_manager.sessions.lost_copy import put_back
from multi_instance_manager.state.launch_secrets import new_salt, write_secret_record

if TYPE_CHECKING:
    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.application.verdict import Verdict
    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.proof.proof import Proof

LOG_LINES = 20
_UNTOUCHED = {OperationKind.KEEP, OperationKind.AWAIT}


class VerifiedLaunch(msgspec.Struct, frozen=True):
    """A container that serves.

    ``proven_at`` (seconds since the epoch) and ``proof`` are None where nobody waited for it,
    ``proof`` alone where an earlier run proved it, ``proven_at`` alone where not all was shown.
    ``verdict`` is the word for how it is doing, None where nobody waited for it.
    """

    container_id: str
    state: State
    proof: Proof | None = None
    proven_at: float | None = None
    verdict: Verdict | None = None


def create_and_start(tools: ExecutionContext, operation: Operation, spec: InstanceSpec) -> str:
    """Write the private files, look at the ports once more, create and start. Gives the ID.

    A container that could not be started is removed again, so that its name is free.
    """
    tools.tell(operation, Phase.CREATING)
    pool_file = tools.pool_files[spec.profile_name]
    key = tools.key_to_write(spec.profile_name)
    names = spec.container_name, spec.profile_name
    with_access(tools, operation, lambda: tools.custodian.install(*names, pool_file, key))
    write_secret_record(tools.layout, spec.container_name, record_of(spec, new_salt()).text())
    refuse_busy_ports(spec)
    with tools.engine_calls.turn():
        container_id = tools.engine.create(spec.container_name, spec.payload())
        tools.tell(operation, Phase.STARTING)
        try:
            refuse_image_with_logins(tools, spec, container_id)
            tools.engine.start(container_id)
        except InstanceFailed:
            with suppress(EngineError):
                tools.engine.remove(container_id)
            raise
        except EngineError:
            if _runs(tools, container_id):
                return container_id
            with suppress(EngineError):
                tools.engine.remove(container_id)
            refuse_busy_ports(spec)
            raise
    return container_id


def refuse_image_with_logins(
    tools: ExecutionContext, spec: InstanceSpec, container_id: str
) -> None:
    """Raise where the image has private files of a pool in it.

    The checks before a launch see that where they can look into the image; where they cannot, this
    is the first container of it. An engine that does not tell is no reason to launch nothing.
    """
    image = spec.image
    if image.image_id in tools.clean_images:
        return
    folder = baked_in(tools.settings, image)
    if folder is None:
        folder = _folder_with_logins(tools, spec, container_id)
    if folder:
        context = build_context(tools.settings)
        raise InstanceFailed(image_finding(context, image.name, folder).sentence())
    tools.clean_images.add(image.image_id)


def _folder_with_logins(tools: ExecutionContext, spec: InstanceSpec, container_id: str) -> str:
    with suppress(EngineError):
        for folder, path in suspects(tools.settings, spec.image, spec.profile_name):
            if tools.engine.holds(container_id, path):
                return folder
    return ""


def start_again(
    tools: ExecutionContext, operation: Operation, spec: InstanceSpec, container_id: str
) -> None:
    """Start a container that has run before, once its ports are seen to be free.

    What it has put beside its own profile is taken away first: it would run on that.
    """
    refuse_busy_ports(spec)
    names = spec.container_name, spec.profile_name
    with_access(tools, operation, lambda: tools.custodian.clear_strangers(*names))
    _put_back_lost_copy(tools, operation)
    try:
        tools.engine.start(container_id)
    except EngineError as problem:
        if not _runs(tools, container_id):
            refuse_busy_ports(spec)
            _refuse_without_its_parts(tools, container_id, problem)
            raise


def _refuse_without_its_parts(
    tools: ExecutionContext, container_id: str, problem: EngineError
) -> None:
    """Raise where the container is there and something that it needs is not: a network, say."""
    if not isinstance(problem, NotFound):
        return
    with suppress(EngineError):
        tools.engine.status(container_id)
        raise InstanceFailed(
            str(problem), next_step="`multi-instance up --recreate` creates its container anew"
        ) from problem


def _put_back_lost_copy(tools: ExecutionContext, operation: Operation) -> None:
    """What lay in the place of its copy may have been no file."""
    pool_file = tools.pool_files.get(operation.profile_name)
    if pool_file is not None and os.path.lexists(pool_file):
        name, profile_name = operation.container_name, operation.profile_name
        holds_login = tools.custodian.holds_login
        note = put_back(tools.layout, name, profile_name, pool_file, holds_login)
        if note is not None:
            tools.remark(operation, note)


def _runs(tools: ExecutionContext, container_id: str) -> bool:
    """Whether it was started although the engine's answer said otherwise, or was lost."""
    with suppress(EngineError):
        return tools.engine.status(container_id).state is ContainerState.RUNNING
    return False


def refuse_busy_ports(spec: InstanceSpec) -> None:
    """Raise where somebody holds a port of the instance at this moment."""
    busy = sorted(busy_ports(spec.host_ip, spec.host_ports))
    if busy:
        raise InstanceFailed(
            f"port {busy[0]} is held by {holders_text(holders_of(busy[0]))}; free it, "
            "or use other base ports"
        )


def settle(
    tools: ExecutionContext,
    operation: Operation,
    spec: InstanceSpec,
    container_id: str,
    *,
    restarts_before: int | None = 0,
) -> VerifiedLaunch:
    """Wait until the instance answers, then prove it; raises `InstanceFailed` with its last lines.

    A container that an earlier run has proven, and that nothing has touched since, is not proven
    again; that run may not have required the stream port, though. With ``--no-wait`` nothing is
    waited for, and nothing proven.
    """
    if not tools.settings.timeouts.wait:
        tools.tell(operation, Phase.STARTED)
        return VerifiedLaunch(container_id, State.STARTED)
    remembered = operation.kind in _UNTOUCHED and not tools.settings.require_stream
    proven_at = tools.proven_at.get(container_id) if remembered else None
    timeout_s = tools.settings.timeouts.wait_timeout_s
    examination = Examination(tools, spec, container_id)
    application = tools.settings.application
    wait = Wait(
        container_id,
        health_url(spec, application),
        timeout_s,
        tools.stop,
        restarts_before,
        application.readiness.status,
        examination.of_start,
    )
    tools.tell(operation, Phase.PROBING)
    try:
        wait_until_ready(
            tools.engine, wait, lambda said: tools.tell(operation, Phase.PROBING, said)
        )
        verdict = examination.of_ready(is_new=operation.kind not in _UNTOUCHED)
        proof = None if proven_at else _proven(tools, operation, container_id, spec)
    except InstanceFailed as failure:
        failure.log_tail = last_lines(tools, container_id)
        raise
    tools.tell(operation, Phase.READY)
    if proof is not None:
        proven_at = proof.proven_at if proof.passed else None
    return VerifiedLaunch(container_id, State.READY, proof, proven_at, verdict)


def _proven(
    tools: ExecutionContext, operation: Operation, container_id: str, spec: InstanceSpec
) -> Proof:
    tools.tell(operation, Phase.PROVING)
    proof = prove(tools.engine, container_id, tools.expectation(spec))
    if proof.failures:
        seen = "; ".join(f"{check.name}: {check.seen}" for check in proof.failures)
        raise ProofFailed(f"is ready, but its proof failed: {seen}", proof)
    return proof


class ProofFailed(InstanceFailed):
    """An instance answers, but is not what was asked for; ``proof`` has what was seen."""

    def __init__(self, reason: str, proof: Proof) -> None:
        super().__init__(reason)
        self.proof = proof


def health_url(spec: InstanceSpec, application: Application) -> str:
    """Where an instance says whether it is ready, as this host reaches it."""
    url = spec.api_url.replace(spec.host_ip, reachable_address(spec.host_ip))
    return f"{url}{application.readiness.path}"


def last_lines(tools: ExecutionContext, container_id: str) -> tuple[str, ...]:
    """An instance's last log lines without secrets: it can log its key, and its whole profile."""
    try:
        lines = tools.engine.logs(container_id, lines=LOG_LINES)
    except EngineError:
        return ()
    # As one text, so that a secret that goes over several lines is found.
    return tuple(tools.redact("\n".join(lines)).splitlines())
