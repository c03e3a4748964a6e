"""Checks that an instance's ports answer, and only at their published address."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from multi_instance_manager.http.probes import Question, exchange_of
from multi_instance_manager.proof.host_addresses import is_own, other_addresses, reachable_address
from multi_instance_manager.proof.port_state import PortState, accepts, port_state
from multi_instance_manager.proof.proof import Check, CheckResult

if TYPE_CHECKING:
    from multi_instance_manager.proof.expectation import Expectation

_API_TIMEOUT_S = 10.0
_STREAM_TIMEOUT_S = 1.0


def api_answers(expected: Expectation) -> Check:
    """Check that the API port answers, whatever it says."""
    spec = expected.spec
    url = spec.api_url + expected.application.readiness.path
    request = exchange_of(Question(url, _API_TIMEOUT_S)).request
    address, port = reachable_address(spec.host_ip), spec.identity.api_port
    state = port_state(address, port, request, timeout_s=_API_TIMEOUT_S)
    answers = state is PortState.ANSWERS
    seen = "answers" if answers else f"{address}:{port} {state}"
    return Check("api", CheckResult.PASSED if answers else CheckResult.FAILED, seen)


def stream_answers(expected: Expectation) -> Check | None:
    """Check the stream port; None if the application has none.

    It need not be reachable from outside, so a port that does not answer is a failure only if it
    is required. An HTTP proxy listens there. The request asks for a connection to the application's
    own API: the proxy answers before it connects, and nothing leaves the container.
    """
    ports = expected.application.ports
    port = expected.spec.identity.stream_port
    if ports.stream is None or port is None:
        return None
    address = reachable_address(expected.spec.host_ip)
    target = f"127.0.0.1:{ports.api}"
    request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()
    state = port_state(address, port, request, timeout_s=_STREAM_TIMEOUT_S)
    if state is PortState.ANSWERS:
        return Check("stream", CheckResult.PASSED, state, required=expected.requires_stream)
    result = CheckResult.FAILED if expected.requires_stream else CheckResult.NOT_SHOWN
    return Check("stream", result, state, required=expected.requires_stream)


def ports_closed_elsewhere(expected: Expectation) -> Check | None:
    """Check that no other address of this machine answers; None if all should.

    Only this machine's addresses can be tested from here. An engine may forward packets of a
    machine with a route; `doctor` reports that.
    """
    spec = expected.spec
    if ipaddress.ip_address(spec.host_ip).is_unspecified:
        return None
    open_at = [
        f"{address}:{port}"
        for address in other_addresses(spec.host_ip)
        for port in spec.host_ports
        if accepts(address, port) and is_own(address)
    ]
    seen = f"also open at {', '.join(open_at)}" if open_at else "closed here"
    return Check("elsewhere", CheckResult.FAILED if open_at else CheckResult.PASSED, seen)
