"""What stands for a profile in the name of a variable; no two profiles share it. Pure."""

from __future__ import annotations

import hashlib
import re

_AS_IT_IS = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NOT_ALLOWED = re.compile(r"[^A-Z0-9]+")
_HASH_DIGITS = 8


def variable_part_of(profile_name: str) -> str:
    """``user-a`` gives ``USER_A``; a name that loses anything gets a short hash of it appended.

    It rests on the name alone, so that no other profile ever changes it.
    """
    upper = _NOT_ALLOWED.sub("_", profile_name.upper()).strip("_")
    if _AS_IT_IS.fullmatch(profile_name):
        return upper
    digest = hashlib.sha256(profile_name.encode(errors="surrogateescape")).hexdigest()
    return f"{upper}_{digest[:_HASH_DIGITS].upper()}".lstrip("_")
