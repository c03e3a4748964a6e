"""Why an engine did not answer, in words: the fact and the next step.

By the kinds of errors and the names that the TLS library gives its own, never by message text.
"""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING

from multi_instance_manager.http.exchange import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.engine.endpoint.endpoint import Endpoint

_ANOTHER = "start Docker, or name another engine with --host, --context or DOCKER_HOST"
_PERHAPS_TLS = (
    "where it speaks TLS, set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH; otherwise start Docker, "
    "or name another engine with --host, --context or DOCKER_HOST"
)
_PERHAPS_PLAIN = (
    "name the port on which it does, usually 2376, or take TLS away from the context or the "
    "variables DOCKER_TLS_VERIFY and DOCKER_TLS"
)
_OTHER_FILES = "mend its certificate, or name the folder of the right files with DOCKER_CERT_PATH"
_OWN_FILES = (
    "put good ones, cert.pem and key.pem, into the folder of DOCKER_CERT_PATH or the context"
)
_NO_TLS_AT_ALL = {
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
}
_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
_NO_WAY = {errno.EHOSTUNREACH, errno.ENETUNREACH}
_WORDS: dict[type[BaseException], str] = {
    PermissionError: "permission denied: is this user in the group docker?",
    FileNotFoundError: "there is no such socket",
    ConnectionRefusedError: "nobody listens there",
    socket.gaierror: "its name is not known here",
}
_BAD_REQUEST = 400


class RefusedAtOnce(ValueError):
    """The first question was answered with an error of HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def silence_of(problem: BaseException, endpoint: Endpoint, *, within_s: float) -> tuple[str, str]:
    """What is the case, and what to do about it."""
    chain = tuple(_chain(problem))
    for seen in chain:
        if isinstance(seen, ssl.SSLError) and not isinstance(seen, _ENDED):
            return _about_tls(seen)
    if endpoint.url.startswith("tcp://") and _was_cut_off(chain):
        if endpoint.tls is not None:
            # The word with which it ends a connection can get lost on the way.
            return (
                "ends the connection: it perhaps wants another certificate of the client",
                _OWN_FILES,
            )
        return "does not answer to a plain request", _PERHAPS_TLS
    return f"does not answer{_in_brackets(chain, within_s)}", _ANOTHER


def _about_tls(problem: ssl.SSLError) -> tuple[str, str]:
    if isinstance(problem, ssl.SSLCertVerificationError):
        reason = problem.verify_message.rstrip(".").replace("; ", ", ")
        return f"its certificate is not to be trusted ({reason})", _OTHER_FILES
    name = problem.reason or ""
    if name in _NO_TLS_AT_ALL:
        return "does not speak TLS", _PERHAPS_PLAIN
    if "CERTIFICATE_REQUIRED" in name or "HANDSHAKE_FAILURE" in name:
        return "it wants a certificate of the client", _OWN_FILES
    if "ALERT" in name and any(word in name for word in ("CERTIFICATE", "UNKNOWN_CA")):
        return "it does not take the certificate of the client", _OWN_FILES
    said = f" ({name.replace('_', ' ').lower()})" if name else ""
    return f"there is no TLS to be had with it{said}", _PERHAPS_PLAIN


def _was_cut_off(chain: tuple[BaseException, ...]) -> bool:
    """Whether somebody took the connection and did not like the request."""
    problem = chain[0]
    if isinstance(problem, RefusedAtOnce):
        return problem.status == _BAD_REQUEST
    refused = isinstance(problem, ConnectionRefusedError)
    return isinstance(problem, (ConnectionError, BadAnswer, *_ENDED)) and not refused


def _in_brackets(chain: tuple[BaseException, ...], within_s: float) -> str:
    """The outermost error that says something, in a few words."""
    if any(isinstance(seen, TimeoutError) for seen in chain):
        return f" within {within_s:g} s"
    return next((f" ({words})" for seen in chain if (words := _words_for(seen))), "")


def _words_for(problem: BaseException) -> str | None:
    if isinstance(problem, OSError) and problem.errno in _NO_WAY:
        return "there is no way to it"
    return next((words for kind, words in _WORDS.items() if isinstance(problem, kind)), None)


def _chain(problem: BaseException | None) -> Iterator[BaseException]:
    """An error and all that it was raised from, outermost first."""
    while problem is not None:
        yield problem
        problem = problem.__cause__ or problem.__context__
