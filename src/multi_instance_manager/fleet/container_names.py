"""The container name of a profile: readable, valid for every engine, and unique. Pure."""

from __future__ import annotations

import hashlib
import re

LONGEST_NAME = 63
ASIDE_SUFFIX = ".previous"
_FAILED = ".failed-"
_HASH_DIGITS = 8
_NOT_ALLOWED = re.compile(r"[^a-z0-9._-]+")


def slug_of(profile_name: str) -> str:
    """Return the name in lower case, with characters that an engine refuses as dashes."""
    return _NOT_ALLOWED.sub("-", profile_name.lower()).strip("-._")


def container_name_of(prefix: str, profile_name: str) -> str:
    """Return ``<prefix>-<slug>``, with a short hash of the exact name if the slug lost anything.

    Two different profile names never give the same result, short of a hash collision.
    """
    slug = slug_of(profile_name)
    room = LONGEST_NAME - len(prefix) - 1
    if slug == profile_name and len(slug) <= room and not slug.endswith(ASIDE_SUFFIX):
        return f"{prefix}-{slug}"
    digest = hashlib.sha256(profile_name.encode(errors="surrogateescape")).hexdigest()[
        :_HASH_DIGITS
    ]
    kept = slug[: room - _HASH_DIGITS - 1].rstrip("-._")
    return f"{prefix}-{kept}-{digest}" if kept else f"{prefix}-{digest}"


def aside_name_of(container_name: str) -> str:
    """Return the name of a container while its replacement is being tried."""
    return container_name + ASIDE_SUFFIX


def failed_name_of(container_name: str, container_id: str) -> str:
    """Return the name of a failed replacement that the engine cannot remove."""
    return f"{container_name}{_FAILED}{container_id[:_HASH_DIGITS]}"
