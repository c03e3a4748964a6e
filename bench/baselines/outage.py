"""The least that a replacement can be: a bare stop, create and start of one container.

    outage.py PAYLOADS.json

Replaces each container in turn, and waits until its successor answers.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from pathlib import Path
from typing import Any

from raw_api import call, launch

_PAUSE_S = 0.005
_ANSWER_S = 0.1
_PATIENCE_S = 30.0


def answers(port: int) -> bool:
    """Whether `/health` answers 200 at the port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def replace(name: str, payload: dict[str, Any]) -> None:
    """Stop and remove one container and make it anew."""
    port = int(payload["HostConfig"]["PortBindings"]["2048/tcp"][0]["HostPort"])
    call("POST", f"/containers/{name}/stop?t=30")
    call("DELETE", f"/containers/{name}?v=1")
    launch(name, payload)
    deadline = time.monotonic() + _PATIENCE_S
    while not answers(port):
        if time.monotonic() > deadline:
            raise SystemExit(f"{name}: does not answer")
        time.sleep(_PAUSE_S)


def main() -> None:
    """Replace each in turn."""
    for name, payload in json.loads(Path(sys.argv[1]).read_text()).items():
        replace(name, payload)


if __name__ == "__main__":
    main()
