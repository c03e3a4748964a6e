"""How long each instance is away while it is replaced, seen from outside."""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from bench.pool import Pool

_PAUSE_S = 0.005
_ANSWER_S = 0.1
_PATIENCE_S = 60.0


class Outages:
    """Watches the engine's events while it is entered.

    An outage begins when the engine is told to stop a container, and ends with the first 200 of
    its port's ``/health``. Only instances that are away are asked, so that watching costs little,
    and none of them for long: a question that goes to a container that is being taken down is
    never answered.
    """

    def __init__(self, pool: Pool) -> None:
        self._ports = {name: pool.api_port + n for n, name in enumerate(pool.containers)}
        self._threads = ThreadPoolExecutor(16)
        self._began: set[str] = set()
        self.seconds: list[float] = []

    def __enter__(self) -> Outages:
        words = ["docker", "events", "--filter", "event=kill", "--format", "{{json .}}"]
        self._events = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._events.terminate()
        self._events.wait()
        self._reader.join()
        self._threads.shutdown()

    def _read(self) -> None:
        for line in self._events.stdout or ():
            event = json.loads(line)
            name = event["Actor"]["Attributes"].get("name", "")
            if name in self._ports and name not in self._began:
                self._began.add(name)
                self._threads.submit(self._time, self._ports[name], event["timeNano"] / 1e9)

    def _time(self, port: int, began_at: float) -> None:
        """Wait until it has gone, then until it is back.

        It has gone at the first question without an answer; its successor cannot be up before.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while _answers(port) and time.monotonic() < deadline:
            time.sleep(_PAUSE_S)
        while not _answers(port) and time.monotonic() < deadline:
            time.sleep(_PAUSE_S)
        self.seconds.append(time.time() - began_at)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
