"""Which time a person asks about, from the words that were given. All problems come at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.engine.protocol.watcher import LogSpan
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.text.times import moment_from

if TYPE_CHECKING:
    from re import Pattern


class Between(msgspec.Struct, frozen=True):
    """Two moments in nanoseconds since the epoch; None is open."""

    since_ns: int | None
    until_ns: int | None


def between(since: str | None, until: str | None, *, now_ns: int) -> Between:
    """The moments that were named; raises `UsageProblems`."""
    problems: list[str] = []
    ends = [
        _moment("--since", since, now_ns, problems),
        _moment("--until", until, now_ns, problems),
    ]
    if ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
        problems.append("--since: is later than --until; exchange them")
    if problems:
        raise UsageProblems(problems)
    return Between(*ends)


def log_span(tail: str | None, times: Between, *, follow: bool, now_ns: int) -> LogSpan:
    """The part of each log that was asked for; raises `UsageProblems`."""
    if follow and times.until_ns is not None:
        raise UsageProblems(["--until: says where to end, and --follow not to; leave one out"])
    if tail is None or tail == "all":
        return LogSpan(times.since_ns, times.until_ns, None, follow)
    if not (tail.isascii() and tail.isdigit()):
        raise UsageProblems([f"--tail {tail!r}: is no number of lines; write one, or all"])
    if int(tail) == 0 and follow:
        # Asking for no line at all leaves no place to go on from.
        return LogSpan(max(now_ns, times.since_ns or 0), None, None, follow)
    return LogSpan(times.since_ns, times.until_ns, int(tail), follow)


def expression(text: str) -> Pattern[str]:
    """The regular expression; raises `UsageProblems`."""
    try:
        return re.compile(text)
    except (re.error, RecursionError, OverflowError) as problem:
        raise UsageProblems([f"--grep {text!r}: is no regular expression ({problem})"]) from None


def _moment(option: str, text: str | None, now_ns: int, problems: list[str]) -> int | None:
    if text is None:
        return None
    try:
        return moment_from(text.strip(), now_ns)
    except ValueError as problem:
        problems.append(f"{option} {text!r}: {problem}")
        return None
