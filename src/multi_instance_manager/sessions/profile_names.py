"""Which names a profile can be given. Pure.

A name is that of a file without its suffix. Whatever the pool can show and find again is one; the
name of its container, which engines are choosier about, is made from it.
"""

from __future__ import annotations

_LONGEST_BYTES = 250  # with the suffix, what a file system takes as a name


def fault_of_name(name: str) -> str | None:
    """Why no profile can have that name, in words that follow it, or None."""
    if not name:
        return "is empty"
    if "/" in name or "\0" in name:
        return "has a character that no file name can have"
    if name.startswith("."):
        return "begins with a dot, so that the pool would not see it"
    if not name.isprintable():
        return "has characters that cannot be shown"
    if len(name.encode(errors="replace")) > _LONGEST_BYTES:
        return f"is longer than {_LONGEST_BYTES} bytes"
    return None
