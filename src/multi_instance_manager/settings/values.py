"""Converts an option's text to its value. Readers raise ValueError with what is expected.

A message never repeats the text itself: the caller adds it, unless it is a secret. Pure.
"""

from __future__ import annotations

import ipaddress
import math
import re

from multi_instance_manager.fleet.leases import HIGHEST_PORT
from multi_instance_manager.text.secret import Secret

_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_LONGEST_PREFIX = 40
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([bkmgt]?)i?b?", re.IGNORECASE)
_SIZE_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_LARGEST_SIZE = 1024**6
_MOST_CPUS = 100_000
_LONGEST_S = 7 * 24 * 3600
_SMALLEST_MEMORY = 6 * 1024**2
_TRUE = {"1", "true", "yes", "y", "on"}
_FALSE = {"0", "false", "no", "n", "off"}
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def boolean(text: str) -> bool:
    """``true`` or ``false``, in the usual spellings."""
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("is neither true nor false; write true or false")


def port(text: str) -> int:
    """A TCP port, 1 to 65535."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= HIGHEST_PORT:
        raise ValueError(f"is not a port; give a whole number from 1 to {HIGHEST_PORT}")
    return int(text)


def positive_number(text: str) -> float:
    """A number above zero."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number <= 0:
        raise ValueError("is not a number above 0; write it like 1 or 1.5")
    return number


def seconds(text: str) -> float:
    """A duration in seconds, from 0 to a week; a trailing ``s`` is accepted."""
    try:
        number = float(text.removesuffix("s"))
    except ValueError:
        number = math.nan
    if not 0 <= number <= _LONGEST_S:
        raise ValueError(f"is not a number of seconds up to {_LONGEST_S}; write it like 120")
    return number


def seconds_above_zero(text: str) -> float:
    """A duration in seconds that something can happen in."""
    number = seconds(text)
    if not number:
        raise ValueError("leaves no time at all; give a number of seconds, or pass --no-wait")
    return number


def count(text: str) -> int:
    """A whole number of at least one."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError("is not a whole number of at least 1")
    return int(text)


def size(text: str) -> int:
    """A size in bytes, written like ``512m`` or ``2g``."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise ValueError("is not a size; write it like 512m or 2g")
    number = float(match[1]) * _SIZE_UNITS[match[2].lower()]
    if number > _LARGEST_SIZE:
        raise ValueError("is larger than any machine; write it like 512m or 2g")
    return int(number)


def memory_size(text: str) -> int:
    """A memory limit in bytes, at least the 6 MB that the engine asks for."""
    number = size(text)
    if number < _SMALLEST_MEMORY:
        raise ValueError("is below the engine's smallest limit, 6m; write it like 512m or 2g")
    return number


def shm_size(text: str) -> int:
    """A size of shared memory in bytes, above zero."""
    number = size(text)
    if number <= 0:
        raise ValueError("is not a size above 0; write it like 64m or 1g")
    return number


def nano_cpus(text: str) -> int:
    """A number of CPUs such as ``1.5``, in billionths of a CPU."""
    number = positive_number(text)
    if not 0.01 <= number <= _MOST_CPUS:  # noqa: PLR2004  # the engine's own lower bound
        raise ValueError("is not a number of CPUs; write it like 1.5")
    return round(number * 1_000_000_000)


def prefix(text: str) -> str:
    """The prefix of every container name of the fleet."""
    if not _PREFIX.fullmatch(text) or len(text) > _LONGEST_PREFIX:
        raise ValueError(
            "cannot begin a container name; use letters, digits, '_', '.' and '-', beginning with "
            f"a letter or digit, at most {_LONGEST_PREFIX} characters"
        )
    return text


def image_name(text: str) -> str:
    """The name of an image, with or without a tag, or an image ID."""
    if not _IMAGE.fullmatch(text):
        raise ValueError("is not an image name; write it like my-image:latest")
    return text


def api_key(text: str) -> Secret:
    """A key that fits on one line of the application's key file."""
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(
            "is not a key; use ASCII letters, digits and signs, no space or control character"
        )
    return Secret(text)


def log_level(text: str) -> str:
    """A level of the application's log, in capitals."""
    level = text.strip().upper()
    if level not in LOG_LEVELS:
        raise ValueError(f"is not a log level; use one of {', '.join(LOG_LEVELS)}")
    return level


def address(text: str) -> str:
    """A host address that ports can be published on."""
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        raise ValueError("is not an IP address; write it like 127.0.0.1") from None


def path(text: str) -> str:
    """A path, as given."""
    if not text or "\0" in text:
        raise ValueError("is not a path; name a file or folder")
    return text


def words(text: str) -> str:
    """Any text."""
    return text
