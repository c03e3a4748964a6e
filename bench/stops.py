"""How long it takes to stop many applications that each need a while, all asked for together."""

from __future__ import annotations

import http.client
import os
import time

from bench.pool import COMMAND, Pool, scratch_pool
from bench.stopwatch import lap

_PATIENCE_S = 120.0
_TIME_TO_STOP_S = 60


def one_round(size: int, shutdown_s: float) -> dict[str, float]:
    """The manager's stop, and the engine's of all at once, of the same containers.

    The engine's stop does less: the applications save nothing by it.
    """
    with scratch_pool(size) as pool:
        environment = pool.root / "docker" / ".env"
        environment.write_text(f"REFERENCE_SHUTDOWN_S={shutdown_s}\n")
        pool.manager("up", "--no-wait", "--parallel", "4")
        _wait_until_all_answer(pool)
        words = ["docker", "stop", "--time", str(_TIME_TO_STOP_S), *pool.containers]
        plain = lap(words, os.environ).wall_s
        pool.manager("start", "--no-wait")
        _wait_until_all_answer(pool)
        words = [str(COMMAND), "stop", "--stop-timeout", str(_TIME_TO_STOP_S)]
        own = lap(words, pool.environment).wall_s
    return {"stop, slow": own, "docker stop, slow": plain}


def _wait_until_all_answer(pool: Pool) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    for number in range(pool.size):
        while not _answers(pool.api_port + number):
            if time.monotonic() > deadline:
                raise SystemExit(f"{pool.containers[number]}: does not answer")
            time.sleep(0.05)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
