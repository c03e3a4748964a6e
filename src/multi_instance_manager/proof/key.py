"""Checks that an instance requires its key: refuses without it, and serves with it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from multi_instance_manager.http.probes import get
from multi_instance_manager.proof.host_addresses import reachable_address
from multi_instance_manager.proof.proof import Check, CheckResult

if TYPE_CHECKING:
    from multi_instance_manager.application.definition import GuardedPath
    from multi_instance_manager.http.response import Answer
    from multi_instance_manager.proof.expectation import Expectation

_NAME = "key"
_TIMEOUT_S = 10.0
_NO_SUCH_PATH = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE}


def key_is_asked_for(expected: Expectation) -> Check | None:
    """Ask at the guarded path without the key and with it; None if there is no such path.

    A path that does not answer is no evidence that a key is required.
    """
    guarded = expected.application.key
    if guarded is None:
        return None
    spec = expected.spec
    url = spec.api_url.replace(spec.host_ip, reachable_address(spec.host_ip)) + guarded.path
    without = get(url, timeout_s=_TIMEOUT_S)
    if without.status is None or without.status in _NO_SUCH_PATH:
        return _not_shown(guarded, without)
    if without.status not in guarded.refused_with:
        return _check(CheckResult.FAILED, f"{guarded.path} {without.said} without the key")
    with_key = get(url, timeout_s=_TIMEOUT_S, key=expected.key)
    if with_key.status in _NO_SUCH_PATH:
        return _not_shown(guarded, with_key)
    if _is_refused(guarded, with_key):
        return _check(CheckResult.FAILED, f"{guarded.path} {with_key.said} with the key")
    return _check(CheckResult.PASSED, "required")


def _is_refused(guarded: GuardedPath, answer: Answer) -> bool:
    status = answer.status
    return (
        status is None
        or status in guarded.refused_with
        or status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _not_shown(guarded: GuardedPath, answer: Answer) -> Check:
    return _check(CheckResult.NOT_SHOWN, f"not shown: {guarded.path} {answer.said}")


def _check(result: CheckResult, seen: str) -> Check:
    return Check(_NAME, result, seen)
