"""The two ports: the HTTP API and the stream. Every answer comes from the instance."""

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from io import BufferedReader

from reference_instance.instance import Instance
from reference_instance.output import log
from reference_instance.profile import read_keys

OK, BAD_REQUEST, UNAUTHORIZED, NOT_FOUND = 200, 400, 401, 404
SERVER_ERROR, NOT_IMPLEMENTED, UNAVAILABLE = 500, 501, 503
REASONS = {
    OK: "OK",
    BAD_REQUEST: "Bad Request",
    UNAUTHORIZED: "Unauthorized",
    NOT_FOUND: "Not Found",
    SERVER_ERROR: "Internal Server Error",
    NOT_IMPLEMENTED: "Not Implemented",
    UNAVAILABLE: "Service Unavailable",
}
PATIENCE_S, PAUSE_S = 30.0, 0.1
LONGEST_LINE, MOST_HEADERS, WORDS_OF_A_REQUEST = 65536, 100, 3
WAITING_CALLERS = 128
Answer = tuple[int, Mapping[str, object]]
NO_HTTP: Answer = (BAD_REQUEST, {"error": "not an HTTP request"})


class Request:
    """What a caller asks for: the head alone, since nothing here takes a body."""

    def __init__(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        """Header names are in lower case."""
        self.method = method
        self.path = path
        self.headers = headers

    @classmethod
    def read(cls, file: BufferedReader) -> "Request | None":
        """Read a request; None where it is not HTTP."""
        words = file.readline(LONGEST_LINE).decode("latin-1").split()
        if len(words) != WORDS_OF_A_REQUEST or not words[2].startswith("HTTP/"):
            return None
        headers: dict[str, str] = {}
        for _ in range(MOST_HEADERS):
            line = file.readline(LONGEST_LINE).decode("latin-1").strip()
            if not line:
                return cls(words[0], words[1].partition("?")[0], headers)
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), value.strip())
        return None

    def carries_one_of(self, keys: frozenset[str]) -> bool:
        """Tell whether it carries one of the keys; without keys, every request does."""
        scheme, _, bearer = self.headers.get("authorization", "").partition(" ")
        offered = {self.headers.get("x-api-key", "")}
        if scheme.lower() == "bearer":
            offered.add(bearer.strip())
        return not keys or bool(offered & keys)


class Listener:
    """Listens at every address of the container, and gives each caller a thread."""

    def __init__(self, port: int, answer: Callable[[socket.socket], None]) -> None:
        """Listen at once; nobody is answered yet."""
        self.socket = socket.create_server(("0.0.0.0", port), backlog=WAITING_CALLERS)
        self.port: int = self.socket.getsockname()[1]
        self._answer = answer

    def serve_in_background(self) -> None:
        """Answer until the process ends."""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self.socket.accept()
                self._hand_over(caller)
            except OSError as error:
                log(f"no caller accepted: {error.strerror}")
                time.sleep(PAUSE_S)

    def _hand_over(self, caller: socket.socket) -> None:
        """Give the caller a thread; where there is none to be had, the next one may get one."""
        try:
            threading.Thread(target=self._answer_one, args=(caller,), daemon=True).start()
        except RuntimeError as error:
            caller.close()
            log(f"request failed: {error}")

    def _answer_one(self, caller: socket.socket) -> None:
        """Say in one line that a request failed: a caller that hangs up is everyday.

        One that says nothing for a long time is not worth a line.
        """
        try:
            with caller:
                caller.settimeout(PATIENCE_S)
                self._answer(caller)
        except TimeoutError:
            return
        except Exception as error:
            log(f"request failed: {type(error).__name__}")


class Api:
    """The HTTP API: health, identity and the two ``/v1`` paths behind the key."""

    def __init__(self, instance: Instance) -> None:
        """Answer for this instance."""
        self.instance = instance

    def __call__(self, caller: socket.socket) -> None:
        """Answer one request; a caller that only connects gets nothing."""
        with caller.makefile("rb") as file:
            if not file.peek(1):
                return
            request = Request.read(file)
        status, content = self.answer_to(request) if request else NO_HTTP
        body = json.dumps(content).encode()
        head = (
            f"HTTP/1.1 {status} {REASONS[status]}\r\n"
            "Server: reference-instance\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        caller.sendall(head.encode() + body)

    def answer_to(self, request: Request) -> Answer:
        """Return the status and the document."""
        if request.method != "GET":
            return NOT_IMPLEMENTED, {"error": "only GET is answered"}
        if request.path == "/health":
            return self.health()
        if request.path == "/whoami":
            return OK, self.instance.identity()
        if request.path in {"/v1/models", "/v1/queue"} and not self.instance.behaviour.no_v1:
            return self.v1(request)
        return NOT_FOUND, {"error": "not found"}

    def health(self) -> Answer:
        """Say 200 once ready, and 503 with details until then."""
        ready = self.instance.ready.is_set()
        uptime_s = round(time.monotonic() - self.instance.started_at_s, 3)
        return OK if ready else UNAVAILABLE, {
            "status": "OK" if ready else "starting",
            "message": "serving" if ready else "the browser is not ready yet",
            "details": {"is_browser_connected": ready, "uptime_s": uptime_s},
        }

    def v1(self, request: Request) -> Answer:
        """Answer a request that carries a key, where keys are asked for."""
        instance = self.instance
        try:
            allowed = instance.behaviour.open_v1 or request.carries_one_of(read_keys(instance.root))
        except OSError:
            return SERVER_ERROR, {"error": "key.txt cannot be read"}
        if not allowed:
            return UNAUTHORIZED, {"error": "missing or invalid API key"}
        instance.count_request()
        if request.path == "/v1/queue":
            return OK, {"queue_length": 0, "items": []}
        model = {"id": "reference", "object": "model", "owned_by": "reference-instance"}
        return OK, {"object": "list", "data": [model]}


def answer_stream(caller: socket.socket) -> None:
    """Give whoever asks on the stream port one trivial answer."""
    if caller.recv(4096):
        body = b"reference-instance stream\n"
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        caller.sendall(head.encode() + body)
