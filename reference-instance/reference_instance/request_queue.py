"""The queue of requests and the one worker that takes them, one at a time, in their order."""

import os
import threading
import time
from collections.abc import Callable

_LOOK_EVERY_S = 0.25


class CallerGone(Exception):
    """The caller hung up before it was answered."""


class Item:
    """One request in the queue."""

    def __init__(self, is_streaming: bool) -> None:
        """Begin to wait now."""
        self.request_id = os.urandom(4).hex()[:7]
        self.enqueued_at = time.time()
        self.is_streaming = is_streaming
        self.cancelled = False

    def shown(self) -> dict[str, object]:
        """Return it as ``/v1/queue`` shows it."""
        return {
            "req_id": self.request_id,
            "enqueue_time": self.enqueued_at,
            "wait_time_seconds": round(time.time() - self.enqueued_at, 2),
            "is_streaming": self.is_streaming,
            "cancelled": self.cancelled,
        }


class RequestQueue:
    """Requests in their order. While it is stalled, none is taken, and none leaves."""

    def __init__(self) -> None:
        """Nothing waits."""
        self.stalled = False
        self.is_processing = False
        self._items: list[Item] = []
        self._changed = threading.Condition()

    def shown(self) -> dict[str, object]:
        """Return what ``/v1/queue`` answers."""
        items = list(self._items)
        return {
            "queue_length": len(items),
            "is_processing_locked": self.is_processing,
            "items": [item.shown() for item in items],
        }

    def take(self, item: Item, is_caller_there: Callable[[], bool]) -> None:
        """Wait until it is this request's turn; `done` must follow.

        Raises `CallerGone`. The request of a caller who left stays while the worker is stalled.
        """
        with self._changed:
            self._items.append(item)
            while self.stalled or self.is_processing or self._items[0] is not item:
                self._changed.wait(_LOOK_EVERY_S)
                item.cancelled = item.cancelled or not is_caller_there()
                if item.cancelled:
                    if not self.stalled:
                        self._items.remove(item)
                    raise CallerGone
            self._items.remove(item)
            self.is_processing = True

    def done(self) -> None:
        """Let the worker take the next request."""
        with self._changed:
            self.is_processing = False
            self._changed.notify_all()
