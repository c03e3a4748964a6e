"""The part of a variable's name that stands for a profile; unique for each profile. Pure."""

from __future__ import annotations

import hashlib
import re

_AS_IT_IS = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NOT_ALLOWED = re.compile(r"[^A-Z0-9]+")
_HASH_DIGITS = 8


def variable_part_of(profile_name: str) -> str:
    """Convert ``user-a`` to ``USER_A``; append a short hash if the name loses anything.

    Depends only on the name, so that no other profile ever changes it.
    """
    upper = _NOT_ALLOWED.sub("_", profile_name.upper()).strip("_")
    if _AS_IT_IS.fullmatch(profile_name):
        return upper
    digest = hashlib.sha256(profile_name.encode(errors="surrogateescape")).hexdigest()
    return f"{upper}_{digest[:_HASH_DIGITS].upper()}".lstrip("_")
