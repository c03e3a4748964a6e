"""The engine protocol over the Docker Engine API.

What a call is and what its answer means stands here; how it travels, in the way to the engine.
"""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from multi_instance_manager.engine.docker.answers import (
    event_of,
    host_of,
    image_of,
    networks_of,
    observed_of,
    processes_of,
    status_of,
    usage_of,
)
from multi_instance_manager.engine.docker.bounded_output import output_within
from multi_instance_manager.engine.docker.folder_archive import content_of_archive
from multi_instance_manager.engine.docker.podman_mounts import has_odd_mounts, with_binds
from multi_instance_manager.engine.docker.podman_networks import with_bridge
from multi_instance_manager.engine.docker.podman_stop import is_at_rest, stop_between_runs
from multi_instance_manager.engine.docker.proc_files import folder_of_process
from multi_instance_manager.engine.protocol.engine import (
    ContainerFile,
    ContainerStatus,
    EngineHost,
    EngineInfo,
    FolderContent,
    Usage,
)
from multi_instance_manager.engine.wire.mapping import mapped as _mapped
from multi_instance_manager.engine.wire.mapping import short as _short
from multi_instance_manager.errors import NotFound
from multi_instance_manager.files.profile_size import LARGEST_PROFILE
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.fleet.labels import FLEET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.application.process_table import Process
    from multi_instance_manager.engine.endpoint.endpoint import Endpoint
    from multi_instance_manager.engine.protocol.engine import Image
    from multi_instance_manager.engine.protocol.exec import Command, Running
    from multi_instance_manager.engine.wire.api import Api
    from multi_instance_manager.fleet.containers import ObservedContainer
    from multi_instance_manager.text.secret import Secret


_LIVE_FILE_WITHIN_S = 10.0
_LONGEST_TIME = 12  # digits and the end of the line: more is no moment that a file can have


class DockerEngine:
    """One connection, safe to use from several threads."""

    def __init__(
        self,
        api: Api,
        endpoint: Endpoint,
        container_proxies: tuple[tuple[str, Secret], ...] = (),
    ) -> None:
        self._api = api
        self._container_proxies = container_proxies
        self._endpoint = endpoint

    @property
    def api(self) -> Api:
        """The calls themselves, for the abilities that lie in files of their own."""
        return self._api

    def describe(self) -> EngineInfo:
        """Who answers at the endpoint."""
        where = self._endpoint
        return EngineInfo(str(where), self._api.version, where.url, self._container_proxies)

    def host(self) -> EngineHost:
        """The machine that the engine runs on."""
        action = "asking the engine for its host"
        with _mapped(action):
            return host_of(self._api.get(action, "/info"))

    def list_containers(self) -> tuple[ObservedContainer, ...]:
        """Every container of the engine in one call."""
        action = "listing containers"
        with _mapped(action):
            rows = self._api.get(action, "/containers/json", {"all": "1"})
            if self._api.is_podman:
                rows = with_bridge(self._api, rows)
            return tuple(observed_of(self._with_mounts(row)) for row in rows)

    def _with_mounts(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """A Podman's list leaves the mounts out: it is asked for those of what may be ours."""
        if row.get("Mounts") is not None or FLEET not in (row.get("Labels") or {}):
            return row
        try:
            return {**row, "Mounts": self._inspect(str(row["Id"])).get("Mounts")}
        except NotFound:
            return row

    def list_networks(self) -> Mapping[str, str]:
        """The names of the engine's networks by their IDs."""
        action = "listing networks"
        with _mapped(action):
            return networks_of(self._api.get(action, "/networks"))

    def find_image(self, name: str) -> Image | None:
        """The local image of that name, or None."""
        action = f"looking for image {name}"
        try:
            with _mapped(action):
                found = self._api.get(action, f"/images/{quote(name)}/json")
                return image_of(name, found)
        except NotFound:
            return None

    def environment_names(self, reference: str) -> frozenset[str]:
        """The names of a container's environment variables."""
        details = self._inspect(reference)
        with _mapped(f"inspecting {_short(reference)}"):
            environment = details["Config"].get("Env") or ()
            return frozenset(str(entry).partition("=")[0] for entry in environment)

    def status(self, reference: str) -> ContainerStatus:
        """How a container is doing now."""
        details = self._inspect(reference)
        with _mapped(f"inspecting {_short(reference)}"):
            return status_of(details)

    def usage(self, reference: str) -> Usage:
        """What a container uses at this moment."""
        action = f"measuring {_short(reference)}"
        with _mapped(action):
            wish = {"stream": "0", "one-shot": "1"}
            content = self._api.ask(action, "GET", _at(reference, "stats"), wish)
            if not content and self.status(reference).state is not ContainerState.RUNNING:
                return usage_of({})  # a Podman answers with nothing at all for one that ended
            return usage_of(json.loads(content))

    def logs(self, reference: str, *, lines: int) -> tuple[str, ...]:
        """The last lines of a container's output."""
        from multi_instance_manager.engine.wire.log_frames import LogFrames
        from multi_instance_manager.text.redactor import Redactor

        frames = LogFrames(Redactor((), ()))  # who shows them masks what they hold
        told = [*frames.feed(self.dated_log(reference, lines=lines)), *frames.remainder()]
        return tuple(line.text for line in told[-lines:])

    def dated_log(self, reference: str, *, lines: int) -> bytes:
        """The last lines of a container's output with their moments, as the engine sends them."""
        action = f"reading the log of {_short(reference)}"
        wish = {"stdout": "1", "stderr": "1", "timestamps": "1", "tail": str(lines)}
        return self._api.ask(action, "GET", _at(reference, "logs"), wish)

    def processes(self, reference: str) -> tuple[Process, ...]:
        """A running container's processes, by the ``ps`` that the engine runs for it."""
        action = f"listing the processes of {_short(reference)}"
        found = self._api.get(action, _at(reference, "top"), {"ps_args": "-o pid,ppid,args"})
        with _mapped(action):
            return processes_of(found)

    def out_of_memory_moments(self, since: float) -> Mapping[str, float]:
        """When processes were last killed for want of memory, by container ID."""
        action = "asking the engine for its events"
        filters = json.dumps({"type": ["container"], "event": ["oom"]})
        # An end that is over already: the engine answers with what it remembers, and closes.
        wish = {"filters": filters, "since": f"{since:.3f}", "until": f"{time.time():.3f}"}
        content = self._api.ask(action, "GET", "/events", wish)
        with _mapped(action):
            events = [event_of(json.loads(line)) for line in content.splitlines() if line.strip()]
        return {event.container_id: event.at_ns / 10**9 for event in events}

    def read_directory(self, reference: str, path: str) -> FolderContent:
        """What lies directly under a folder: seen from here, or by the archive call."""
        seen = self._seen_from_here(reference, path)
        if seen is not None:
            return seen
        action = f"reading {path} of {_short(reference)}"
        content = self._api.ask(action, "GET", _at(reference, "archive"), {"path": path})
        return content_of_archive(io.BytesIO(content))

    def _seen_from_here(self, reference: str, path: str) -> FolderContent | None:
        """The same where the container's process is one of this machine's, and may be seen."""
        if not self._endpoint.url.startswith("unix://"):
            return None
        details = self._inspect(reference)
        with _mapped(f"inspecting {_short(reference)}"):
            pid, container_id = int(details["State"].get("Pid") or 0), str(details["Id"])
        return folder_of_process(pid, container_id, path) if pid else None

    def holds(self, reference: str, path: str) -> bool:
        """Whether a container has something at a path."""
        action = f"looking for {path} in {_short(reference)}"
        try:
            self._api.ask(action, "HEAD", _at(reference, "archive"), {"path": path})
        except NotFound:
            return False
        return True

    def read_live_file(self, reference: str, path: str) -> ContainerFile | None:
        """A file as a running container sees it, read by the image's own ``cat``."""
        deadline = time.monotonic() + _LIVE_FILE_WITHIN_S

        def output(*words: str, at_most: int) -> bytes | None:
            return output_within(self, reference, words, at_most=at_most, deadline=deadline)

        content = output("cat", "--", path, at_most=LARGEST_PROFILE)
        if content is None:
            return None
        text = (output("stat", "-c", "%Y", "--", path, at_most=_LONGEST_TIME) or b"").strip()
        return ContainerFile(content, float(text) if text.isdigit() else 0.0)

    def create(self, name: str, payload: Mapping[str, Any]) -> str:
        """Create a container; the payload is the Engine API's own."""
        body = dict(payload)
        wish = {"name": name}
        if platform := body.pop("Platform", None):
            wish["platform"] = platform
        if self._api.is_podman and has_odd_mounts(body):
            body = with_binds(body)
        action = f"creating {name}"
        content = self._api.ask(action, "POST", "/containers/create", wish, body)
        with _mapped(action):
            return str(json.loads(content)["Id"])

    def start(self, reference: str) -> None:
        """Start a container."""
        self._api.ask(f"starting {_short(reference)}", "POST", _at(reference, "start"))

    def stop(self, reference: str, *, timeout_s: float) -> None:
        """Stop a container gracefully; the call waits as long as the container may take."""
        whole = max(0, round(timeout_s))
        self._stop(reference, whole)
        if self._api.is_podman and not is_at_rest(self, reference):
            stop_between_runs(self, reference, lambda: self._stop(reference, whole))

    def _stop(self, reference: str, timeout_s: int) -> None:
        action, wish = f"stopping {_short(reference)}", {"t": str(timeout_s)}
        self._api.ask(action, "POST", _at(reference, "stop"), wish, longer_s=timeout_s)

    def unpause(self, reference: str) -> None:
        """Let a paused container go on."""
        self._api.ask(f"unpausing {_short(reference)}", "POST", _at(reference, "unpause"))

    def rename(self, reference: str, name: str) -> None:
        """Give a container another name."""
        action = f"renaming {_short(reference)} to {name}"
        self._api.ask(action, "POST", _at(reference, "rename"), {"name": name})

    def remove(self, reference: str) -> None:
        """Remove a stopped container and its anonymous volumes."""
        try:
            action = f"removing {_short(reference)}"
            self._api.ask(action, "DELETE", _at(reference), {"v": "1"})
        except NotFound:
            return

    def begin(self, reference: str, command: Command) -> Running:
        """Begin a command in a running container."""
        from multi_instance_manager.engine.docker.exec import DockerRunner

        return DockerRunner(self._api).begin(reference, command)

    def _inspect(self, reference: str) -> dict[str, Any]:
        details: dict[str, Any] = self._api.get(
            f"inspecting {_short(reference)}", _at(reference, "json")
        )
        return details


def _at(reference: str, what: str = "") -> str:
    """Where the API has a container."""
    return f"/containers/{quote(reference, safe='')}" + (f"/{what}" if what else "")
