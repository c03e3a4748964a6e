"""The maximum size of a login. Pure."""

from __future__ import annotations

LARGEST_PROFILE = 64 * 1024**2
LARGEST_IN_WORDS = f"{LARGEST_PROFILE // 1024**2} MiB, the largest that is taken for a login"
