"""The maximum size of a login. Pure."""

from __future__ import annotations

from multi_instance_manager.text.amounts import limit_text

LARGEST_PROFILE = 64 * 1024**2
LARGEST_IN_WORDS = f"{limit_text(LARGEST_PROFILE)}, the largest that is taken for a login"
