"""What the instance says: lines in the application's manner, and the reason it cannot start.

The application's lines have a time, a level, a source and a request. Lines of some of its modules
come bare. It colours them only on a terminal, which the container's log never is; with
REFERENCE_COLOURS they are coloured even so, also in the middle.
"""

import os
import time

STANDARD_ERROR = 2
INFO, WARNING, ERROR, CRITICAL = "INF", "WRN", "ERR", "CRT"
NO_REQUEST = " " * 7
_RESET = "\x1b[0m"
_LEVEL_COLOURS = {INFO: "\x1b[37m", WARNING: "\x1b[33m\x1b[1m"}
_DIM, _RED, _BOLD_RED, _BOLD_GREEN = (
    "\x1b[2m\x1b[37m",
    "\x1b[31m\x1b[1m",
    "\x1b[1m\x1b[31m",
    "\x1b[1m\x1b[32m",
)
_WORD_COLOURS = {
    "error": _BOLD_RED,
    "Error": _BOLD_RED,
    "failed": _BOLD_RED,
    "Failed": _BOLD_RED,
    "complete": _BOLD_GREEN,
}


class StartError(Exception):
    """Why the instance cannot start; its text is the line a person reads."""


def log(message: str, level: str = INFO, *, source: str = "SYS", request: str = NO_REQUEST) -> None:
    """Write one line in the application's columns."""
    now = time.time()
    moment = time.strftime("%H:%M:%S", time.localtime(now)) + f".{int(now * 1000) % 1000:03d}"
    columns = [moment, level, f"{source:5}", request, message]
    bare(" ".join(_coloured(columns) if _has_colours() else columns))


def bare(line: str) -> None:
    """Write one line at once, without columns: the container's log is followed while it runs.

    Past the interpreter's buffer, whose lock a thread may still hold while the process ends: that
    would end it with SIGABRT.
    """
    try:
        os.write(STANDARD_ERROR, f"{line}\n".encode())
    except OSError:
        return


def _has_colours() -> bool:
    return os.environ.get("REFERENCE_COLOURS", "") not in {"", "0"}


def _coloured(columns: list[str]) -> list[str]:
    moment, level, source, request, message = columns
    colours = [_DIM, _LEVEL_COLOURS.get(level, _RED), _DIM, _DIM]
    coloured = [
        f"{colour}{text}{_RESET}"
        for colour, text in zip(colours, (moment, level, source, request), strict=True)
    ]
    words = [
        f"{_WORD_COLOURS[word]}{word}{_RESET}" if word in _WORD_COLOURS else word
        for word in message.split(" ")
    ]
    return [*coloured, " ".join(words)]
