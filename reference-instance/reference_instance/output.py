"""What the instance says: lines in the container's log, and the reason it cannot start."""

import os
from contextlib import suppress

_STANDARD_OUTPUT = 1


class StartError(Exception):
    """Why the instance cannot start; its text is the line a person reads."""


def log(line: str) -> None:
    """Write one line at once: the container's log is followed while it runs.

    Past the interpreter's buffer, whose lock a thread may still hold while the process ends: that
    would end it with SIGABRT.
    """
    with suppress(OSError):
        os.write(_STANDARD_OUTPUT, f"{line}\n".encode())
