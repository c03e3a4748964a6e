"""Names content by its digest. Pure."""

from __future__ import annotations

import hashlib


def digest_of(content: bytes) -> str:
    """SHA-256 of a file's content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
