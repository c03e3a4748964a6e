"""Waits until an instance answers that was brought back after a failed replacement."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from multi_instance_manager.http.urls import url_of
from multi_instance_manager.probe.readiness import Wait, wait_until_ready
from multi_instance_manager.progress import Phase
from multi_instance_manager.proof.host_addresses import reachable_address

if TYPE_CHECKING:
    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.plan.plan import Operation

_LEAST_TIME_BACK_S = 30.0


def wait_for_old(tools: ExecutionContext, operation: Operation, old: ObservedContainer) -> bool:
    """Wait for an instance that is brought back; the run's own interruption does not end this.

    False where nothing tells how to reach it, or nobody wants to wait.
    It is not proven anew: its wanted state is another one, and it was proven when it was launched.
    """
    labels = old.ours
    if labels is None or not tools.settings.timeouts.wait:
        return False
    port = labels.identity.api_port
    published = (p.host_ip for p in old.published if p.port == port and p.host_ip)
    host = reachable_address(next(published, tools.settings.host_ip))
    readiness = tools.settings.application.readiness
    url = f"{url_of(host, port)}{readiness.path}"
    timeout_s = max(tools.settings.timeouts.wait_timeout_s, _LEAST_TIME_BACK_S)
    wait_until_ready(
        tools.engine,
        Wait(old.container_id, url, timeout_s, threading.Event(), ready_status=readiness.status),
        lambda said: tools.tell(operation, Phase.ROLLING_BACK, said),
    )
    return True
