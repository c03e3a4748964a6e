"""What becomes of a chat request: an answer, an error, or no answer at all."""

import time
from collections.abc import Callable, Mapping

from reference_instance.instance import Instance
from reference_instance.output import CRITICAL, ERROR, WARNING, bare, log
from reference_instance.request_queue import CallerGone, Item

Answer = tuple[int, Mapping[str, object]]
OK, SERVER_ERROR, BAD_GATEWAY, UNAVAILABLE = 200, 500, 502, 503
_LOOK_EVERY_S = 0.25


class Chat:
    """One chat request, from the queue to its end."""

    def __init__(self, instance: Instance, is_caller_there: Callable[[], bool]) -> None:
        """Take the request in."""
        self.instance = instance
        self.is_caller_there = is_caller_there
        self.item = Item(is_streaming=False)
        self._say("Received /v1/chat/completions request (Stream=False)", source="API")

    def answer(self) -> Answer:
        """Return the answer; raises `CallerGone` where the caller would not wait for it."""
        queue = self.instance.queue
        while True:
            queue.take(self.item, self.is_caller_there)
            try:
                self._say("(Worker) Processing request dequeued.")
                answer = self._process()
            finally:
                queue.done()
            if answer is not None:
                return answer

    def _process(self) -> Answer | None:
        """Have it answered by the browser; None where it goes back into the queue."""
        instance = self.instance
        refused = self._refusal()
        if refused is not None:
            self._say(f"(Worker) Error: {refused[0]}: {refused[1]['detail']}", ERROR)
            return refused
        if not instance.programs.stream.runs:
            self._wait_for_ever()
        if instance.quota_used_up:
            self._run_into_quota()
            return None
        self._wait(instance.behaviour.request_s)
        instance.count_request(self.item.request_id)
        return OK, self._completion()

    def _refusal(self) -> Answer | None:
        """Return why the page cannot be asked: each has the status that the application gives."""
        instance = self.instance
        if not instance.programs.browser.runs:
            return self._error(UNAVAILABLE, "AI Studio page lost or not ready.")
        try:
            instance.programs.driver.ask()
        except OSError as error:
            return self._error(SERVER_ERROR, f"Page.reload: {error}")
        if instance.page_crashed:
            return self._error(BAD_GATEWAY, "Interaction failed: the page crashed")
        if instance.signed_out:
            self._say("Error in stream generator: AI Studio error: 401 Unauthorized", ERROR)
            return self._error(SERVER_ERROR, "AI Studio error: 401 Unauthorized")
        return None

    def _run_into_quota(self) -> None:
        told = "AI Studio quota exceeded: 429 Too Many Requests"
        log("[UPSTREAM ERROR] 429 Too Many Requests", ERROR, source="PROXY")
        self._say(f"Error in stream generator: {told}", ERROR)
        self._say(f"Quota Exceeded: {told}", WARNING)
        bare("⛔ GLOBAL ALERT: Quota Exceeded! Type: RATE_LIMIT (Event Signal Sent)")
        log("🚨 Watchdog detected Quota Exceeded! Initiating Rotation...", CRITICAL)
        log("Watchdog: Rotation failed.", ERROR)
        log("Watchdog: Quota flag still set. Forcing reset.", WARNING)
        self._wait(self.instance.behaviour.retry_s)

    def _wait_for_ever(self) -> None:
        log("[Browser Console Error] ... net::ERR_PROXY_CONNECTION_FAILED", WARNING)
        self._say("Waiting for data...")
        self._wait(float("inf"))

    def _wait(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            time.sleep(min(left_s, _LOOK_EVERY_S))
            if not self.is_caller_there():
                self._say("Client disconnected", source="API")
                raise CallerGone

    def _error(self, status: int, what: str) -> Answer:
        return status, {"detail": f"[{self.item.request_id}] {what}"}

    def _completion(self) -> Mapping[str, object]:
        message = {"role": "assistant", "content": "the reference instance's answer"}
        return {
            "id": f"chatcmpl-{self.item.request_id}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": "reference",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"total_tokens": self.instance.behaviour.tokens},
        }

    def _say(self, message: str, level: str = "INF", source: str = "SYS") -> None:
        log(f"[{self.item.request_id}] {message}", level, source=source)
