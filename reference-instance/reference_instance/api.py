"""The HTTP API: which path answers what, and which of them need the key."""

import os
import socket
import time
from collections.abc import Callable, Mapping

from reference_instance.instance import Instance
from reference_instance.quick_json import dumps
from reference_instance.request_queue import CallerGone
from reference_instance.servers import Request, is_there

OK, BAD_REQUEST, UNAUTHORIZED, NOT_FOUND, NOT_ALLOWED = 200, 400, 401, 404, 405
REASONS = {
    OK: "OK",
    BAD_REQUEST: "Bad Request",
    UNAUTHORIZED: "Unauthorized",
    NOT_FOUND: "Not Found",
    NOT_ALLOWED: "Method Not Allowed",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}
Answer = tuple[int, Mapping[str, object]]
NO_HTTP: Answer = (BAD_REQUEST, {"error": "not an HTTP request"})
MODELS = ("reference", "reference-large")
FALLBACK_MODEL, FALLBACK_OWNER = "no model list", "camoufox-proxy-fallback"


class Api:
    """Answers the callers of the API port."""

    def __init__(self, instance: Instance) -> None:
        """Answer for this instance."""
        self.instance = instance
        self._routes: dict[str, dict[str, Callable[[], Answer]]] = {
            "/health": {"GET": self._health},
            "/whoami": {"GET": lambda: (OK, instance.identity())},
            "/v1/models": {"GET": self._models},
            "/v1/queue": {"GET": lambda: (OK, instance.queue.shown())},
            "/api/server/status": {"GET": self._status},
        }

    def __call__(self, caller: socket.socket) -> None:
        """Answer one request; a caller that only connects gets nothing."""
        with caller.makefile("rb") as file:
            if not file.peek(1):
                return
            request = Request.read(file)
        with self.instance.under_way:
            try:
                status, content = self._answer_to(request, caller) if request else NO_HTTP
            except CallerGone:
                return
            body = dumps(content).encode()
            head = (
                f"HTTP/1.1 {status} {REASONS[status]}\r\n"
                "Server: reference-instance\r\n"
                "Content-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n"
                "Connection: close\r\n\r\n"
            )
            caller.sendall(head.encode() + body)

    def _answer_to(self, request: Request, caller: socket.socket) -> Answer:
        if self._needs_key(request.path) and not request.carries_one_of(self.instance.keys):
            error = {"type": "invalid_request_error", "code": "invalid_api_key", "param": None}
            return UNAUTHORIZED, {"error": {"message": "a valid API key is needed", **error}}
        if request.path.startswith("/v1/") and self.instance.behaviour.no_v1:
            return NOT_FOUND, {"detail": "Not Found"}
        if request.path == "/v1/chat/completions":
            return self._chat(request, caller)
        if request.path.startswith(("/api/auth/", "/api/keys")):
            from reference_instance.open_routes import answer_to

            return answer_to(request, self.instance)
        methods = self._routes.get(request.path)
        if methods is None:
            return NOT_FOUND, {"detail": "Not Found"}
        answer = methods.get(request.method)
        return answer() if answer else (NOT_ALLOWED, {"detail": "Method Not Allowed"})

    def _needs_key(self, path: str) -> bool:
        """Tell whether a path asks for the key: below ``/v1/``, but not the list of models."""
        is_open = path == "/v1/models" or path.startswith("/v1/models/")
        return path.startswith("/v1/") and not is_open and not self.instance.behaviour.open_v1

    def _chat(self, request: Request, caller: socket.socket) -> Answer:
        if request.method != "POST":
            return NOT_ALLOWED, {"detail": "Method Not Allowed"}
        from reference_instance.chat import Chat

        return Chat(self.instance, lambda: is_there(caller)).answer()

    def _health(self) -> Answer:
        """Say OK, whatever has died since it started."""
        queued = self.instance.queue.shown()["queue_length"]
        return OK, {
            "status": "OK",
            "message": f"Service running; Queue length: {queued}.",
            "details": {
                "is_initializing": False,
                "is_playwright_ready": True,
                "is_browser_connected": True,
                "is_page_ready": True,
                "workerRunning": True,
                "queueLength": queued,
                "launchMode": "headless",
                "browserAndPageCritical": True,
            },
        }

    def _models(self) -> Answer:
        """Answer with the list of models, or with the one entry that stands in for it."""
        now, owner = int(time.time()), "reference-instance"
        models = [(name, owner) for name in MODELS]
        if self.instance.behaviour.no_models:
            models = [(FALLBACK_MODEL, FALLBACK_OWNER)]
        data = [
            {"id": name, "object": "model", "created": now, "owned_by": owner}
            for name, owner in models
        ]
        return OK, {"object": "list", "data": data}

    def _status(self) -> Answer:
        started = time.localtime(self.instance.started_at)
        uptime_s = self.instance.uptime_s()
        return OK, {
            "status": "running",
            "uptime_seconds": uptime_s,
            "uptime_formatted": f"{int(uptime_s)}s",
            "launch_mode": "headless",
            "server_port": 2048,
            "stream_port": 3120,
            "version": "reference",
            "python_version": os.environ.get("PYTHON_VERSION", ""),
            "started_at": time.strftime("%Y-%m-%dT%H:%M:%S", started),
        }
