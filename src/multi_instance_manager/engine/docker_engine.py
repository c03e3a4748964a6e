"""The engine protocol over the Docker Engine API, by the official SDK's low-level client.

Errors are mapped here once, by HTTP status and never by message text.
"""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Any

import requests

from multi_instance_manager.engine.answers import host_of, observed_of, status_of, usage_of
from multi_instance_manager.engine.mapping import mapped as _mapped
from multi_instance_manager.engine.mapping import short as _short
from multi_instance_manager.engine.odd_mounts import has_odd_mounts, is_podman, with_binds
from multi_instance_manager.engine.protocol import (
    ContainerFile,
    ContainerStatus,
    EngineHost,
    EngineInfo,
    Image,
    Usage,
)
from multi_instance_manager.engine.restarts import is_between_runs, stop_between_runs
from multi_instance_manager.errors import EngineError, NotFound
from multi_instance_manager.observed import ContainerState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from docker import APIClient

    from multi_instance_manager.engine.endpoint import Endpoint
    from multi_instance_manager.observed import ObservedContainer

_LARGEST_DIRECTORY = 256 * 1024**2


class DockerEngine:
    """One connection, safe to use from several threads."""

    def __init__(self, client: APIClient, endpoint: Endpoint) -> None:
        self._client = client
        self._endpoint = endpoint

    @property
    def client(self) -> APIClient:
        """The SDK's client, for the abilities that lie in files of their own."""
        return self._client

    def describe(self) -> EngineInfo:
        """Who answers at the endpoint."""
        return EngineInfo(str(self._endpoint), str(self._client.api_version), self._endpoint.url)

    def host(self) -> EngineHost:
        """The machine that the engine runs on."""
        with _mapped("asking the engine for its host"):
            return host_of(self._client.info())

    def list_containers(self) -> tuple[ObservedContainer, ...]:
        """Every container of the engine in one call."""
        with _mapped("listing containers"):
            rows = self._client.containers(all=True)
        return tuple(observed_of(row) for row in rows)

    def find_image(self, name: str) -> Image | None:
        """The local image of that name, or None."""
        try:
            with _mapped(f"looking for image {name}"):
                return Image(name, str(self._client.inspect_image(name)["Id"]))  # type: ignore[no-untyped-call]
        except NotFound:
            return None

    def environment_names(self, reference: str) -> frozenset[str]:
        """The names of a container's environment variables."""
        config = self._inspect(reference)["Config"]
        return frozenset(entry.partition("=")[0] for entry in config.get("Env") or ())

    def status(self, reference: str) -> ContainerStatus:
        """How a container is doing now."""
        details = self._inspect(reference)
        with _mapped(f"inspecting {_short(reference)}"):
            return status_of(details)

    def usage(self, reference: str) -> Usage:
        """What a container uses at this moment."""
        with _mapped(f"measuring {_short(reference)}"):
            return usage_of(self._stats(reference))

    def _stats(self, reference: str) -> dict[str, Any]:
        """One reading; a Podman answers with nothing at all for a container that does not run."""
        try:
            stats: dict[str, Any] = self._client.stats(reference, stream=False, one_shot=True)
        except requests.JSONDecodeError:
            if self.status(reference).state is ContainerState.RUNNING:
                raise
            return {}
        return stats

    def logs(self, reference: str, *, lines: int) -> tuple[str, ...]:
        """The last lines of a container's output."""
        with _mapped(f"reading the log of {_short(reference)}"):
            raw = self._client.logs(reference, tail=lines)
        return tuple(bytes(raw).decode(errors="replace").splitlines()[-lines:])

    def read_directory(self, reference: str, path: str) -> Mapping[str, bytes]:
        """The regular files directly under a folder, through the engine's archive call."""
        with _mapped(f"reading {path} of {_short(reference)}"):
            chunks, _ = self._client.get_archive(reference, path)
            archive = io.BytesIO(_gather(chunks, path))
        return _files_of(archive)

    def read_live_file(self, reference: str, path: str) -> ContainerFile | None:
        """A file as a running container sees it, read by the image's own ``cat``."""
        try:
            content = self._output_of(reference, ["cat", "--", path])
            modified_at = self._output_of(reference, ["stat", "-c", "%Y", "--", path])
        except EngineError:
            return None
        if content is None:
            return None
        text = (modified_at or b"").strip()
        return ContainerFile(content, float(text) if text.isdigit() else 0.0)

    def _output_of(self, reference: str, command: list[str]) -> bytes | None:
        """What a command in a container writes, or None where it fails."""
        with _mapped(f"reading in {_short(reference)}"):
            created = self._client.exec_create(reference, command, stderr=False)
            output = self._client.exec_start(created["Id"])
            code = self._client.exec_inspect(created["Id"])["ExitCode"]
        return bytes(output) if code == 0 else None

    def create(self, name: str, payload: Mapping[str, Any]) -> str:
        """Create a container; the payload is the Engine API's own."""
        body = dict(payload)
        platform = body.pop("Platform", None)
        with _mapped(f"creating {name}"):
            if has_odd_mounts(body) and is_podman(self._client):
                body = with_binds(body)
            answer = self._client.create_container_from_config(  # type: ignore[no-untyped-call]
                body, name, platform
            )
        return str(answer["Id"])

    def start(self, reference: str) -> None:
        """Start a container."""
        with _mapped(f"starting {_short(reference)}"):
            self._client.start(reference)

    def stop(self, reference: str, *, timeout_s: float) -> None:
        """Stop a container gracefully; the call waits as long as the container may take."""
        whole = max(0, round(timeout_s))
        with _mapped(f"stopping {_short(reference)}"):
            self._client.stop(reference, timeout=whole)
            if is_between_runs(self._client, reference):
                stop_between_runs(self._client, reference, timeout_s=whole)

    def unpause(self, reference: str) -> None:
        """Let a paused container go on."""
        with _mapped(f"unpausing {_short(reference)}"):
            self._client.unpause(reference)

    def rename(self, reference: str, name: str) -> None:
        """Give a container another name."""
        with _mapped(f"renaming {_short(reference)} to {name}"):
            self._client.rename(reference, name)

    def remove(self, reference: str) -> None:
        """Remove a stopped container and its anonymous volumes."""
        try:
            with _mapped(f"removing {_short(reference)}"):
                self._client.remove_container(reference, v=True)
        except NotFound:
            return

    def _inspect(self, reference: str) -> dict[str, Any]:
        with _mapped(f"inspecting {_short(reference)}"):
            details: dict[str, Any] = self._client.inspect_container(reference)
        return details


def _gather(chunks: Iterator[bytes], path: str) -> bytes:
    gathered = bytearray()
    for chunk in chunks:
        gathered += chunk
        if len(gathered) > _LARGEST_DIRECTORY:
            raise EngineError(f"reading {path}: is larger than {_LARGEST_DIRECTORY} bytes")
    return bytes(gathered)


def _files_of(archive: io.BytesIO) -> dict[str, bytes]:
    """The files one level below the archive's own top folder."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=archive) as tar:
            for member in tar:
                inner = member.name.strip("/").split("/")[1:]
                content = tar.extractfile(member) if member.isfile() else None
                if len(inner) == 1 and content is not None:
                    files[inner[0]] = content.read()
    except tarfile.TarError as problem:
        raise EngineError("the engine's archive cannot be read") from problem
    return files
