"""Watches an engine over sockets of its own, all in one selector: no thread, no helper process.

Each stream is one socket, which is closed with it.
"""

from __future__ import annotations

import codecs
import json
import selectors
import time
from typing import TYPE_CHECKING, Any, Generic

from multi_instance_manager.engine.docker.answers import event_of, usage_of
from multi_instance_manager.engine.wire.log_frames import LogFrames
from multi_instance_manager.engine.wire.stream import DockerStream, Item
from multi_instance_manager.errors import EngineUnreachable

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Mapping

    from multi_instance_manager.engine.protocol.engine import Usage
    from multi_instance_manager.engine.protocol.watcher import (
        EngineEvent,
        LogLine,
        LogSpan,
        Masking,
    )
    from multi_instance_manager.engine.wire.api import Api
    from multi_instance_manager.engine.wire.transport import Transport

_LONGEST_DOCUMENT = 4 * 1024**2
_CONNECT_S = 10.0


class DockerWatcher:
    """All streams of one command. For one thread."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._selector = selectors.DefaultSelector()
        self._streams: set[DockerStream[Any]] = set()

    def log(self, container_id: str, span: LogSpan, masking: Masking) -> DockerStream[LogLine]:
        """A container's log."""
        wish = {"stdout": "1", "stderr": "1", "timestamps": "1", "follow": str(int(span.follow))}
        wish |= _between(span.since_ns, span.until_ns)
        if span.tail is not None:
            wish["tail"] = str(span.tail)
        frames = LogFrames(masking)
        action = f"reading the log of container {container_id[:12]}"
        stream = DockerStream(action, frames.feed, frames.remainder)
        return self._open(stream, f"/containers/{container_id}/logs", wish)

    def events(
        self, labels: Mapping[str, str], since_ns: int | None, until_ns: int | None
    ) -> DockerStream[EngineEvent]:
        """What happens to the containers with these labels."""
        wanted = [f"{name}={value}" for name, value in labels.items()]
        filters = json.dumps({"type": ["container"], "label": wanted})
        wish = {"filters": filters} | _between(since_ns, until_ns)
        stream = DockerStream("watching the engine's events", _Documents(event_of).feed, _nothing)
        return self._open(stream, "/events", wish)

    def usage(self, container_id: str) -> DockerStream[Usage]:
        """What a container uses, again and again."""
        action = f"measuring container {container_id[:12]}"
        stream = DockerStream(action, _Documents(usage_of).feed, _nothing)
        return self._open(stream, f"/containers/{container_id}/stats", {"stream": "1"})

    def wait(self, timeout_s: float) -> None:
        """Take in what comes on any stream."""
        ready: set[DockerStream[Any]] = set()
        for stream in self._streams:
            stream.listen(self._selector)
            if stream.may_hold_more:
                ready.add(stream)
        began = time.monotonic()
        if not self._selector.get_map():
            time.sleep(0 if ready else timeout_s)
        else:
            chosen = self._selector.select(0 if ready else timeout_s)
            ready.update(key.data for key, _ in chosen)
        waited_s = time.monotonic() - began
        for stream in self._streams - ready:
            stream.quiet_s += 0 if stream.is_full else waited_s
        for stream in ready:
            stream.receive()
            if stream.ended:
                self._drop(stream)

    def close(self) -> None:
        """Close every stream, and what waits for them."""
        for stream in tuple(self._streams):
            self._drop(stream)
        self._selector.close()

    def _drop(self, stream: DockerStream[Any]) -> None:
        self._streams.discard(stream)
        stream.close()

    def _open(
        self, stream: DockerStream[Item], path: str, wish: Mapping[str, str]
    ) -> DockerStream[Item]:
        calls = self._api.calls
        exchange = calls.request("GET", self._api.target(path, wish), None, {"Connection": "close"})
        stream.begin(_connected(calls.way), exchange, self._drop)
        self._streams.add(stream)
        return stream


class _Documents(Generic[Item]):
    """JSON objects one after another."""

    def __init__(self, item_of: Callable[[Mapping[str, Any]], Item]) -> None:
        self._item_of = item_of
        self._text = ""
        self._characters = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._decoder = json.JSONDecoder()

    def feed(self, body: bytes) -> Iterable[Item]:
        self._text += self._characters.decode(body)
        while self._text:
            try:
                document, end = self._decoder.raw_decode(self._text)
            except ValueError:
                if len(self._text) > _LONGEST_DOCUMENT:
                    raise
                return
            self._text = self._text[end:].lstrip()
            yield self._item_of(document)


def _nothing() -> tuple[()]:
    return ()


def _connected(way: Transport) -> socket.socket:
    """A new connection."""
    try:
        return way.open(_CONNECT_S)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise EngineUnreachable(
            "engine", f"does not answer ({reason})", "is it running?"
        ) from problem


def _between(since_ns: int | None, until_ns: int | None) -> dict[str, str]:
    ends = {"since": since_ns, "until": until_ns}
    return {
        name: f"{at_ns // 10**9}.{at_ns % 10**9:09d}"
        for name, at_ns in ends.items()
        if at_ns is not None
    }
