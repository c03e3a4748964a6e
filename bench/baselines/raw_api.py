"""The floor: the same containers, created and started by bare calls of the Engine API.

    raw_api.py launch PAYLOADS.json [CALLS AT ONCE]

Nothing is checked, waited for or proven, and no private file is written.
"""

from __future__ import annotations

import http.client
import json
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

SOCKET = "/var/run/docker.sock"
_BEST_AT_ONCE = 4
_CREATED, _NO_CONTENT = 201, 204
_local = threading.local()


class Connection(http.client.HTTPConnection):
    """HTTP over the engine's socket."""

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(SOCKET)


def call(method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    """One call, on a connection that each thread keeps."""
    if not hasattr(_local, "connection"):
        _local.connection = Connection("localhost")
    content = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"} if content else {}
    _local.connection.request(method, f"/v1.41{path}", content, headers)
    answer = _local.connection.getresponse()
    return answer.status, answer.read()


def launch(name: str, payload: dict[str, Any]) -> None:
    """Create and start one container."""
    status, content = call("POST", f"/containers/create?name={quote(name)}", payload)
    if status != _CREATED:
        raise SystemExit(f"create {name}: {status} {content!r}")
    status, content = call("POST", f"/containers/{json.loads(content)['Id']}/start")
    if status != _NO_CONTENT:
        raise SystemExit(f"start {name}: {status} {content!r}")


def main() -> None:
    """Launch all, a few at once."""
    payloads = json.loads(Path(sys.argv[2]).read_text())
    at_once = int(sys.argv[3]) if len(sys.argv) > 3 else _BEST_AT_ONCE  # noqa: PLR2004
    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(launch, payloads, payloads.values()))


if __name__ == "__main__":
    main()
