"""The least outage that a replacement can have: a bare stop, create and start of one container.

    outage.py PAYLOADS.json

Prints, for each container in turn, the seconds between the moment when it stops to answer and the
moment when its successor answers.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from raw_api import call, launch

_PAUSE_S = 0.002
_PATIENCE_S = 30.0


def answers(port: int) -> bool:
    """Whether `/health` answers 200 at the port."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def replace(name: str, payload: dict[str, Any]) -> float:
    """Stop and remove one container, make it anew; gives its outage in seconds."""
    port = int(payload["HostConfig"]["PortBindings"]["2048/tcp"][0]["HostPort"])
    began = time.monotonic()
    call("POST", f"/containers/{name}/stop?t=30")
    call("DELETE", f"/containers/{name}?v=1")
    launch(name, payload)
    while not answers(port):
        if time.monotonic() - began > _PATIENCE_S:
            raise SystemExit(f"{name}: does not answer")
        time.sleep(_PAUSE_S)
    return time.monotonic() - began


def main() -> None:
    """Replace each in turn."""
    payloads = json.loads(Path(sys.argv[1]).read_text())
    print(json.dumps([replace(name, payload) for name, payload in payloads.items()]))


if __name__ == "__main__":
    main()
