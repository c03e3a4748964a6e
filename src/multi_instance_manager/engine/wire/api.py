"""The Engine API at an agreed version: paths, queries and errors, over any way to the engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from multi_instance_manager.engine.wire.http_calls import LARGEST_ANSWER, AnswerTooLarge
from multi_instance_manager.engine.wire.mapping import answered, broken, nonsense, silent
from multi_instance_manager.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.engine.wire.http_calls import HttpCalls

_DONE = {*range(200, 300), 304}  # 304: it was so already
_NO_JSON = (ValueError, RecursionError)


class Api:
    """What an engine can be asked. ``version`` is that of the API, like ``1.41``."""

    def __init__(self, calls: HttpCalls, version: str, *, is_podman: bool = False) -> None:
        self.calls = calls
        self.version = version
        self.is_podman = is_podman

    def get(self, action: str, path: str, query: Mapping[str, str] | None = None) -> Any:
        """What the engine tells of something. ``action`` names the call in an error."""
        return _read(action, self.ask(action, "GET", path, query))

    def post(self, action: str, path: str, body: Mapping[str, Any]) -> Any:
        """What the engine tells of something that it made."""
        return _read(action, self.ask(action, "POST", path, body=body))

    def target(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """Where the agreed version has a path."""
        return f"/v{self.version}{path}" + (f"?{urlencode(query)}" if query else "")

    def ask(
        self,
        action: str,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        *,
        longer_s: float = 0,
    ) -> bytes:
        """The body of the answer; raises the `EngineError` that an answer or its absence means."""
        content = json.dumps(body).encode() if body is not None else None
        try:
            answer = self.calls.call(method, self.target(path, query), content, longer_s=longer_s)
        except AnswerTooLarge as problem:
            raise EngineError(action, f"is larger than {LARGEST_ANSWER} bytes") from problem
        except TimeoutError as problem:
            raise silent(action) from problem
        except OSError as problem:
            raise broken(action) from problem
        except ValueError as problem:
            raise nonsense(action, problem) from problem
        if answer.status not in _DONE:
            raise answered(action, answer.status, _reason(answer.content))
        return answer.content


def _read(action: str, content: bytes) -> Any:
    try:
        return json.loads(content)
    except _NO_JSON as problem:
        raise nonsense(action, problem) from problem


def _reason(content: bytes) -> str:
    """The engine's own words of what is wrong."""
    text = content.decode(errors="replace").strip()
    try:
        said = json.loads(text)
    except _NO_JSON:
        return text
    message = said.get("message") if isinstance(said, dict) else None
    return message if isinstance(message, str) else text
