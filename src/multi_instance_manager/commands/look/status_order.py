"""The orders in which instances can be shown. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from multi_instance_manager.reports.status import MemberStatus

_NEVER = datetime.max.replace(tzinfo=UTC)


def in_order(found: Sequence[MemberStatus], sort_by: str) -> tuple[MemberStatus, ...]:
    """The instances in that order; equal ones, and any in the order of the profiles, by name."""
    by_name = sorted(found, key=lambda one: (one.is_orphan, one.profile))
    return tuple(sorted(by_name, key=ORDERS[sort_by]))


def _state(one: MemberStatus) -> Any:
    return one.is_well, one.condition.value


def _memory(one: MemberStatus) -> Any:
    return -((one.container.memory_bytes if one.container else None) or 0)


def _uptime(one: MemberStatus) -> Any:
    uptime_s = one.container.uptime_s if one.container else None
    return -1 if uptime_s is None else -1 - uptime_s, uptime_s is None


def _restarts(one: MemberStatus) -> Any:
    return -(one.container.restarts if one.container else 0)


def _refreshed(one: MemberStatus) -> Any:
    return (one.session.refreshed_at if one.session else None) or _NEVER


def _expiry(one: MemberStatus) -> Any:
    return (one.session.login_expires_at if one.session else None) or _NEVER


ORDERS: dict[str, Callable[[MemberStatus], Any]] = {
    "profile": lambda _: 0,
    "state": _state,
    "memory": _memory,
    "uptime": _uptime,
    "restarts": _restarts,
    "refreshed": _refreshed,
    "expiry": _expiry,
}
