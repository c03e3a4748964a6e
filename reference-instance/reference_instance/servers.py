"""The two ports: the HTTP API and the stream. Every answer comes from the instance."""

import json
import sys
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import BaseRequestHandler, ThreadingTCPServer

from reference_instance.instance import Instance
from reference_instance.output import log
from reference_instance.profile import read_keys


class InstanceServer(ThreadingTCPServer):
    """A listener whose handlers reach the instance. No name look-up, so it starts at once."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, handler: type[BaseRequestHandler], instance: Instance) -> None:
        """Listen on every address of the container."""
        self.instance = instance
        super().__init__(("0.0.0.0", port), handler)

    def serve_in_background(self) -> None:
        """Answer until the process ends."""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - as inherited
        """Say in one line that a request failed: a caller that hangs up is everyday."""
        log(f"request failed: {type(sys.exc_info()[1]).__name__}")


class ApiHandler(BaseHTTPRequestHandler):
    """The HTTP API: health, identity and the two ``/v1`` paths behind the key."""

    server: InstanceServer
    server_version = "reference-instance"
    timeout = 30

    def do_GET(self) -> None:
        """Answer one request."""
        path = self.path.partition("?")[0]
        if path == "/health":
            self.answer_health()
        elif path == "/whoami":
            self.answer(HTTPStatus.OK, self.server.instance.identity())
        elif path in {"/v1/models", "/v1/queue"} and not self.server.instance.behaviour.no_v1:
            self.answer_v1(path)
        else:
            self.answer(HTTPStatus.NOT_FOUND, {"error": "not found"})

    def answer_health(self) -> None:
        """Say 200 once ready, and 503 with details until then."""
        instance = self.server.instance
        ready = instance.ready.is_set()
        uptime_s = round(time.monotonic() - instance.started_at_s, 3)
        self.answer(
            HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
            {
                "status": "OK" if ready else "starting",
                "message": "serving" if ready else "the browser is not ready yet",
                "details": {"is_browser_connected": ready, "uptime_s": uptime_s},
            },
        )

    def answer_v1(self, path: str) -> None:
        """Answer a request that carries a key, where keys are asked for."""
        instance = self.server.instance
        try:
            authorised = instance.behaviour.open_v1 or self.carries_key(read_keys(instance.root))
        except OSError:
            self.answer(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "key.txt cannot be read"})
            return
        if not authorised:
            self.answer(HTTPStatus.UNAUTHORIZED, {"error": "missing or invalid API key"})
            return
        instance.count_request()
        if path == "/v1/models":
            models = [{"id": "reference", "object": "model", "owned_by": "reference-instance"}]
            self.answer(HTTPStatus.OK, {"object": "list", "data": models})
        else:
            self.answer(HTTPStatus.OK, {"queue_length": 0, "items": []})

    def carries_key(self, keys: frozenset[str]) -> bool:
        """Tell whether the request carries one of the keys; without keys, every request does."""
        scheme, _, bearer = self.headers.get("Authorization", "").partition(" ")
        offered = {self.headers.get("X-API-Key", "")}
        if scheme.lower() == "bearer":
            offered.add(bearer.strip())
        return not keys or bool(offered & keys)

    def answer(self, status: HTTPStatus, content: Mapping[str, object]) -> None:
        """Send one JSON document."""
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: object) -> None:  # noqa: A002 - as inherited
        """Log nothing: a probe every second would bury what matters."""


class StreamHandler(BaseRequestHandler):
    """The stream port: whoever asks gets one trivial answer."""

    def handle(self) -> None:
        """Answer the first bytes; a caller that only connects costs nothing."""
        self.request.settimeout(30)
        if self.request.recv(4096):
            body = b"reference-instance stream\n"
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            self.request.sendall(head.encode() + body)
