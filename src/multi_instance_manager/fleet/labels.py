"""Every label of our containers: keys, building and reading. Pure.

Labels are claims: anyone can write them, and an image from one of our containers inherits them.
`ownership` compares them with the engine's facts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE = "multi-instance."
FLEET = NAMESPACE + "fleet"
ROOT = NAMESPACE + "root"
PROFILE = NAMESPACE + "profile"
SLOT = NAMESPACE + "slot"
API_PORT = NAMESPACE + "api-port"
STREAM_PORT = NAMESPACE + "stream-port"
IMAGE_ID = NAMESPACE + "image-id"
SPEC_HASH = NAMESPACE + "spec-hash"
SPEC_PARTS = NAMESPACE + "spec-parts"
_LONGEST_PARTS = 1024**2
_HIGHEST_PORT = 65535
_DIGITS = 5
_NONE = "none"


class Identity(msgspec.Struct, frozen=True, gc=False):
    """The profile and pool that a container was made for, and its port lease.

    ``stream_port`` is None if the application has no stream; its label is `none` then.
    """

    fleet: str
    root: str
    profile_name: str
    slot: int
    api_port: int
    stream_port: int | None

    @property
    def host_ports(self) -> tuple[int, ...]:
        """Return its host ports: API, then stream if there is one."""
        return (self.api_port,) if self.stream_port is None else (self.api_port, self.stream_port)


class InstanceLabels(msgspec.Struct, frozen=True):
    """The labels of one container, typed."""

    identity: Identity
    image_id: str
    spec_hash: str
    spec_parts: tuple[tuple[str, str], ...]

    def as_mapping(self) -> dict[str, str]:
        """Return the labels for the engine."""
        identity = self.identity
        return {
            FLEET: identity.fleet,
            ROOT: identity.root,
            PROFILE: identity.profile_name,
            SLOT: str(identity.slot),
            API_PORT: str(identity.api_port),
            STREAM_PORT: _NONE if identity.stream_port is None else str(identity.stream_port),
            IMAGE_ID: self.image_id,
            SPEC_HASH: self.spec_hash,
            SPEC_PARTS: json.dumps(dict(self.spec_parts), separators=(",", ":")),
        }


def parse_labels(labels: Mapping[str, str]) -> InstanceLabels | None:
    """Return the typed labels, or None if the container lacks a complete set of ours.

    Anyone can write labels: a set is invalid if its profile's name is no file name, or a part is
    too long.
    """
    try:
        if not _is_file_name(labels[PROFILE]) or len(labels.get(SPEC_PARTS, "")) > _LONGEST_PARTS:
            return None
        identity = Identity(
            fleet=labels[FLEET],
            root=labels[ROOT],
            profile_name=labels[PROFILE],
            slot=_number(labels[SLOT], _HIGHEST_PORT),
            api_port=_port(labels[API_PORT]),
            stream_port=None if labels[STREAM_PORT] == _NONE else _port(labels[STREAM_PORT]),
        )
        parts = json.loads(labels.get(SPEC_PARTS, "{}"))
        return InstanceLabels(
            identity=identity,
            image_id=labels.get(IMAGE_ID, ""),
            spec_hash=labels.get(SPEC_HASH, ""),
            spec_parts=tuple((str(name), str(value)) for name, value in parts.items()),
        )
    except (KeyError, ValueError, AttributeError, RecursionError):
        return None


def _port(text: str) -> int:
    port = _number(text, _HIGHEST_PORT)
    if not port:
        raise ValueError(text)
    return port


def _number(text: str, most: int) -> int:
    """Read a number in the one form that we write; Python accepts many others."""
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS or int(text) > most:
        raise ValueError(text)
    return int(text)


def _is_file_name(text: str) -> bool:
    """Whether a profile's file could have this name: it becomes a part of paths."""
    return bool(text) and not text.startswith(".") and not set(text) & {"/", "\0"}
