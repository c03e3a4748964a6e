"""Readers for values of many options: sizes, numbers, durations, addresses. Pure.

Each reads a value's text and returns what the Engine API expects, or raises `Refusal` with the fact
and the next step. The grammars are those of the docker client.
"""

from __future__ import annotations

import ipaddress
import re
from fractions import Fraction
from typing import TYPE_CHECKING

from multi_instance_manager.engine.docker_run.docker_option import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,  # MICRO SIGN
    "μs": 10**3,  # GREEK SMALL LETTER MU: the client takes both
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
LARGEST = 2**63 - 1
# Limited digits: a number that no engine can use must not take time to read.
_NUMBER = r"\d{1,20}(?:\.\d{0,20})?|\.\d{1,20}"
_SIZE = re.compile(rf"({_NUMBER}) ?(?:([kmgtp])(?:i?b)?|b)?", re.IGNORECASE | re.ASCII)
_CPUS = re.compile(rf"\+?(?:(?:{_NUMBER})(?:[eE][+-]?\d{{1,2}})?|\d{{1,10}}/\d{{1,10}})", re.ASCII)
_DURATION_PART = re.compile(rf"({_NUMBER})(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_TRUE = {"1", "t", "T", "TRUE", "true", "True"}
_FALSE = {"0", "f", "F", "FALSE", "false", "False"}


def text(value: str) -> str:
    """Any text, as it is."""
    return value


def filled(value: str) -> str:
    """Any text but an empty one."""
    if not value:
        raise Refusal("the value is empty; write one, or leave the option out")
    return value


def boolean(value: str) -> bool:
    """True or false, in the spellings of the docker client."""
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    raise Refusal(f"{value!r} is neither true nor false; write one of the two")


def size_bytes(value: str) -> int:
    """A size such as `512m` or `1.5g`: bytes, in powers of 1024."""
    match = _SIZE.fullmatch(value)
    if match is None:
        raise Refusal(f"{value!r} is not a size; write a number with a unit, such as 512m or 2g")
    number, prefix = match.groups()
    factor = 1024 ** ("kmgtp".index(prefix.lower()) + 1) if prefix else 1
    size = int(float(number) * factor)
    if size > LARGEST:
        raise Refusal(f"{value!r} is larger than any engine can count; write a smaller size")
    return size


def swap_bytes(value: str) -> int:
    """A size, or -1 for no limit."""
    return -1 if value == "-1" else size_bytes(value)


def integer(minimum: int = -LARGEST - 1, maximum: int = LARGEST) -> Callable[[str], int]:
    """Return a reader of whole numbers in a range; `0x10`, `010` and `1_000` as in Go."""

    def read(value: str) -> int:
        number = _go_integer(value)
        if number is None:
            raise Refusal(f"{value!r} is not a whole number; write one")
        if not minimum <= number <= maximum:
            raise Refusal(f"{number} is out of range; write a number {_range(minimum, maximum)}")
        return number

    return read


def _go_integer(value: str) -> int | None:
    octal = re.fullmatch(r"([+-]?)0_?([0-7](?:_?[0-7])*)", value)
    if not value.isascii() or value != value.strip():
        return None
    try:
        return int(f"{octal[1]}0o{octal[2]}" if octal else value, 0)
    except ValueError:
        return None


def _range(minimum: int, maximum: int) -> str:
    return f"of at least {minimum}" if maximum == LARGEST else f"from {minimum} to {maximum}"


def nano_cpus(value: str) -> int:
    """A number of CPUs such as `1.5`, in billionths."""
    if not _CPUS.fullmatch(value) or re.search("/0+$", value):
        raise Refusal(f"{value!r} is not a number of CPUs; write one such as 1.5")
    nano = Fraction(value) * 10**9
    if nano > LARGEST:
        raise Refusal(f"{value!r} is out of range; write a number of CPUs such as 1.5")
    if nano.denominator != 1:
        raise Refusal(f"{value!r} is too precise; write at most nine decimals")
    return nano.numerator


def duration_ns(value: str) -> int:
    """A duration such as `1m30s` or `500ms`, in nanoseconds."""
    if value in {"0", "+0", "-0"}:
        return 0
    parts = _DURATION_PART.findall(value)
    if not parts or "".join(number + unit for number, unit in parts) != value.removeprefix("+"):
        raise Refusal(f"{value!r} is not a duration; write one such as 30s, 1m30s or 500ms")
    total = sum(int(Fraction(number) * NANOSECONDS[unit]) for number, unit in parts)
    if total > LARGEST:
        raise Refusal(f"{value!r} is longer than any engine can count; write a shorter duration")
    return total


def ip_address(value: str) -> str:
    """An IPv4 or IPv6 address, in its canonical form."""
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        raise Refusal(f"{value!r} is not an IP address; write one such as 192.0.2.1") from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise Refusal(f"{value!r} has a zone; write the address without it")
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
    return str(address)


def ip_address_of(version: int) -> Callable[[str], str]:
    """Return a reader of addresses of one family; the text stays as written."""

    def read(value: str) -> str:
        if ipaddress.ip_address(ip_address(value)).version != version:
            raise Refusal(f"{value!r} is not an IPv{version} address; write one")
        return value

    return read


def mac_address(value: str) -> str:
    """A hardware address of six bytes, as written."""
    if not re.fullmatch(r"[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}", value):
        raise Refusal(f"{value!r} is not a MAC address; write one such as 92:d0:c6:0a:29:33")
    return value


def pair(what: str) -> Callable[[str], tuple[str, str]]:
    """Return a reader of `key=value`. The value may be a secret: it is never shown."""

    def read(value: str) -> tuple[str, str]:
        key, separator, rest = value.partition("=")
        if not separator or not key:
            raise Refusal(f"{what} is written without a name or a value; write NAME=VALUE")
        return key, rest

    return read


def one_of(*words: str) -> Callable[[str], str]:
    """Return a reader that accepts only the given words."""

    def read(value: str) -> str:
        if value not in words:
            choices = ", ".join(word for word in words if word)
            raise Refusal(f"{value!r} is not one of: {choices}; write one of these")
        return value

    return read
