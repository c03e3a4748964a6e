"""The status as text: a row for each instance, and longer remarks below. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.render.endings import ending_text
from multi_instance_manager.render.status_notes import notes
from multi_instance_manager.render.tables import Sheet
from multi_instance_manager.text.amounts import rough_span_text, size_text, span_text
from multi_instance_manager.text.plurals import counted
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from multi_instance_manager.reports.status import MemberStatus, StatusReport

    Cell = Callable[[MemberStatus, datetime], str]

# By the first word of a condition.
COLOURS = {
    **{verdict.partition(" ")[0]: "red" for verdict in Verdict},
    "ready": "green",
    "busy": "green",
    "running,": "green",
    "starting": "yellow",
    "paused": "yellow",
    "disabled": "",
    "orphan,": "yellow",
    "expired": "red",
    "gone": "red",
    "no": "red",
}
_NOTHING = "-"
_SERVING = {Verdict.READY, Verdict.BUSY}
_STOPPED = {Verdict.STOPPED, Verdict.STOPPED_BY_HAND, Verdict.OUT_OF_MEMORY}
_GAP = 3  # between two columns of a table


def status_sheet(report: StatusReport, *, wide: bool, columns: int | None) -> Sheet:
    """Return the instances; ``columns`` is the terminal's width, or None if unlimited.

    Shows the most important columns that fit; with ``wide``, all columns.
    """
    names = [name for name in _COLUMNS if wide or name not in _WIDE_ALONE]
    rows = {name: _column(report, name) for name in names}
    if columns is not None and not wide:
        names = _fitting(rows, columns)
    lines = zip(*(rows[name] for name in names), strict=True)
    return Sheet(tuple(names), tuple(lines))


def status_lines(report: StatusReport) -> list[str]:
    """Return the remarks that do not fit into the rows, and the number of healthy instances."""
    return [*(printable(note) for note in notes(report)), closing_line(report)]


def closing_line(report: StatusReport) -> str:
    """Return the summary in one line."""
    shown = [one for one in report.instances if not one.is_orphan]
    ready = sum(1 for one in shown if one.condition in _SERVING)
    orphans = len(report.instances) - len(shown)
    parts = [f"{ready} of {len(shown)} ready"] if shown else []
    if orphans:
        parts.append(counted(orphans, "orphan"))
    return ", ".join(parts) or ("all well" if not report.unwell else f"{report.unwell} not well")


def _column(report: StatusReport, name: str) -> list[str]:
    cell = _COLUMNS[name]
    return [printable(cell(one, report.taken_at)) for one in report.instances]


def _fitting(rows: dict[str, list[str]], columns: int) -> list[str]:
    """Drop the least important columns until the rest fits."""
    widths = {name: max(map(len, (name, *cells))) + _GAP for name, cells in rows.items()}
    names = list(rows)
    for name in _LEAST_FIRST:
        if sum(widths[one] for one in names) - 1 <= columns:
            break
        if name in names:
            names.remove(name)
    return names


def _profile(one: MemberStatus, _: datetime) -> str:
    return one.profile


def _container(one: MemberStatus, _: datetime) -> str:
    return one.container_name


def _state(one: MemberStatus, _: datetime) -> str:
    """Return the condition, with the most informative fact."""
    word, container = one.condition.value, one.container
    if one.condition is Verdict.NOT_READY and one.health and _is_about(one, "health"):
        word = f"{word} ({one.health.removeprefix('answers ')})"
    if container and container.exit_code is not None and one.condition in _STOPPED:
        word = _ended(word, one)
    return f"orphan, {word}" if one.is_orphan else word


def _is_about(one: MemberStatus, sign: str) -> bool:
    return not one.evidence or one.evidence[0].sign == sign


def _ended(word: str, one: MemberStatus) -> str:
    ended = one.container and one.container.finished_at
    return f"{word} (exit {one.container.exit_code})" if ended and one.container else word


def _api_url(one: MemberStatus, _: datetime) -> str:
    return one.api_url or _NOTHING


def _stream(one: MemberStatus, _: datetime) -> str:
    return str(one.stream_port) if one.stream_port else _NOTHING


def _uptime(one: MemberStatus, _: datetime) -> str:
    uptime_s = one.container.uptime_s if one.container else None
    return _NOTHING if uptime_s is None else span_text(uptime_s)


def _restarts(one: MemberStatus, _: datetime) -> str:
    return str(one.container.restarts) if one.container else _NOTHING


def _memory(one: MemberStatus, _: datetime) -> str:
    container = one.container
    if container is None or container.memory_bytes is None:
        return _NOTHING
    limit = container.memory_limit_bytes
    used = size_text(container.memory_bytes)
    return f"{used} of {size_text(limit)}" if limit else used


def _refreshed(one: MemberStatus, now: datetime) -> str:
    at = one.session.refreshed_at if one.session else None
    return f"{rough_span_text((now - at).total_seconds())} ago" if at else _NOTHING


def _expires(one: MemberStatus, now: datetime) -> str:
    return ending_text(one.session, now)


def _image(one: MemberStatus, _: datetime) -> str:
    if one.container is None:
        return _NOTHING
    return f"{one.container.image}{' (outdated)' if one.container.image_is_outdated else ''}"


def _changes(one: MemberStatus, _: datetime) -> str:
    return ", ".join(one.changes) or _NOTHING


_COLUMNS: dict[str, Cell] = {
    "PROFILE": _profile,
    "CONTAINER": _container,
    "STATE": _state,
    "API URL": _api_url,
    "STREAM": _stream,
    "UPTIME": _uptime,
    "RESTARTS": _restarts,
    "MEMORY": _memory,
    "REFRESHED": _refreshed,
    "EXPIRES": _expires,
    "IMAGE": _image,
    "CHANGES": _changes,
}
_WIDE_ALONE = {"CONTAINER", "IMAGE", "CHANGES"}
_LEAST_FIRST = ("STREAM", "RESTARTS", "REFRESHED", "UPTIME", "EXPIRES", "MEMORY", "API URL")
