"""Names that clusters accept, made from container names: readable, and unique. Pure."""

from __future__ import annotations

import hashlib
import re

LONGEST_LABEL = 63
LONGEST_SET = 52
"""A StatefulSet's pods carry its name and a hash in a label."""
LONGEST_SERVICE = 40
"""A swarm puts the name of the stack before it, and both have the room of a label."""
_HASH_DIGITS = 8
_NOT_IN_LABELS = re.compile(r"[^a-z0-9-]+")
_FIRST = "i-"


def cluster_name(name: str, longest: int = LONGEST_LABEL) -> str:
    """Return a DNS label (RFC 1123) that begins with a letter, at most ``longest`` long.

    It ends in a short hash of the exact name if it lost anything.
    """
    slug = _NOT_IN_LABELS.sub("-", name.lower()).strip("-")
    if slug == name and slug[:1].isalpha() and len(slug) <= longest:
        return slug
    digest = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:_HASH_DIGITS]
    if not slug[:1].isalpha():
        slug = f"{_FIRST}{slug}"
    kept = slug[: longest - _HASH_DIGITS - 1].strip("-")
    return f"{kept}-{digest}"
