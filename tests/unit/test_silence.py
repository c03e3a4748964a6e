"""Why an engine did not answer, by the kinds of errors alone."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from multi_instance_manager.engine.endpoint.endpoint import Endpoint, Tls
from multi_instance_manager.engine.endpoint.silence import RefusedAtOnce, silence_of
from multi_instance_manager.http.exchange import BadAnswer

PLAIN = Endpoint("tcp://far:2375", "--host")
SECURE = Endpoint("tcp://far:2376", "--host", tls=Tls(None, verify=True))
SOCKET = Endpoint("unix:///docker.sock", "the default")


def tls_error(reason: str) -> ssl.SSLError:
    problem = ssl.SSLError(1, f"[SSL: {reason}]")
    problem.reason = reason
    return problem


@pytest.mark.parametrize(
    ("inner", "endpoint", "fact"),
    [
        (PermissionError(), SOCKET, "does not answer (permission denied: is this user in the"),
        (FileNotFoundError(), SOCKET, "does not answer (there is no such socket)"),
        (ConnectionRefusedError(), PLAIN, "does not answer (nobody listens there)"),
        (ConnectionRefusedError(), SECURE, "does not answer (nobody listens there)"),
        (TimeoutError(), PLAIN, "does not answer within 10 s"),
        (socket.gaierror(-2, "x"), PLAIN, "does not answer (its name is not known here)"),
        (OSError(errno.EHOSTUNREACH, "x"), PLAIN, "does not answer (there is no way to it)"),
        (ConnectionResetError(), SOCKET, "does not answer"),
        (ConnectionResetError(), PLAIN, "does not answer to a plain request"),
        (ConnectionResetError(), SECURE, "ends the connection: it perhaps wants another"),
        (BadAnswer(), PLAIN, "does not answer to a plain request"),
        (RefusedAtOnce(400), PLAIN, "does not answer to a plain request"),
        (tls_error("WRONG_VERSION_NUMBER"), SECURE, "does not speak TLS"),
        (tls_error("TLSV13_ALERT_CERTIFICATE_REQUIRED"), SECURE, "it wants a certificate of the"),
        (tls_error("TLSV1_ALERT_UNKNOWN_CA"), SECURE, "it does not take the certificate of the"),
        (tls_error("SSLV3_ALERT_CERTIFICATE_EXPIRED"), SECURE, "it does not take the certificate"),
        (tls_error("UNSUPPORTED_PROTOCOL"), SECURE, "there is no TLS to be had with it (unsupport"),
    ],
)  # fmt: skip
def test_each_silence_has_its_fact_and_its_next_step(
    inner: BaseException, endpoint: Endpoint, fact: str
) -> None:
    found, step = silence_of(inner, endpoint, within_s=10)

    assert found.startswith(fact)
    assert step
    assert ";" not in found


def test_a_certificate_that_is_not_trusted_is_told_with_the_librarys_reason() -> None:
    problem = ssl.SSLCertVerificationError(1, "x")
    problem.verify_message = "certificate has expired."

    fact, step = silence_of(problem, SECURE, within_s=10)

    assert fact == "its certificate is not to be trusted (certificate has expired)"
    assert "DOCKER_CERT_PATH" in step
