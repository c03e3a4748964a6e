"""One GET on an instance's API: its status and a little of its body, or why there was none."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from multi_instance_manager.secret import Secret

_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` is None where nobody answered; ``fault`` then says why."""

    status: int | None
    document: Any = None
    fault: str = ""

    @property
    def said(self) -> str:
        """The answer in a word or two."""
        return str(self.status) if self.status else f"nothing ({self.fault})"


def get(url: str, *, timeout_s: float, key: Secret | None = None) -> Answer:
    """Ask once. ``document`` is the decoded body where it is JSON."""
    parts = urlsplit(url)
    headers = {"Authorization": f"Bearer {key.reveal()}"} if key else {}
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port or 80, timeout=timeout_s
    )
    try:
        connection.request("GET", parts.path or "/", headers=headers)
        response = connection.getresponse()
        return Answer(response.status, _decoded(response.read(_MOST_BYTES)))
    except (OSError, http.client.HTTPException) as problem:
        return Answer(None, fault=_fault(problem))
    finally:
        connection.close()


def _fault(problem: Exception) -> str:
    if isinstance(problem, TimeoutError):
        return "no answer in time"
    if isinstance(problem, ConnectionRefusedError):
        return "connection refused"
    if isinstance(problem, ConnectionResetError | http.client.RemoteDisconnected):
        return "connection closed"
    return type(problem).__name__


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
