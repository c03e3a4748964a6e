"""The earlier versions of a saved session: listed, compared, and deleted beyond a number."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from multi_instance_manager.commands.profiles.restore import unknown_profile, version_of
from multi_instance_manager.errors import Declined, UsageProblems
from multi_instance_manager.files.private_files import said
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.reports.moments import moment
from multi_instance_manager.reports.profile_history import (
    CurrentVersionReport,
    ProfileHistoryReport,
    VersionReport,
)
from multi_instance_manager.reports.profile_history_changes import (
    ChangedCookie,
    ProfileHistoryDiffReport,
    ProfileHistoryPruneReport,
)
from multi_instance_manager.sessions.cookie_changes import CookieChange, cookie_changes
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.history import prune_versions, versions
from multi_instance_manager.sessions.login_facts import session_facts
from multi_instance_manager.sessions.login_files import new_salt
from multi_instance_manager.sessions.open_pools import file_in_pool
from multi_instance_manager.sessions.pool import SUFFIX, content_in_pool
from multi_instance_manager.sessions.pool_sources import source_in_pool
from multi_instance_manager.sessions.session_files import digest_of_file
from multi_instance_manager.state.lock import fleet_lock
from multi_instance_manager.text.digest import digest_of
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from multi_instance_manager.application.definition import LoginCookies
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.sessions.history import Version

NOW = "now"
_DIGEST_DIGITS = 12


def history(request: Request, profile_name: str) -> ProfileHistoryReport:
    """The earlier versions of a profile, oldest first, and the one in the pool. Reads only."""
    settings, layout = request.settings, request.layout
    container_name = container_name_of(settings.container_prefix, profile_name)
    content = _pool_content(request, profile_name)
    kept = versions(layout, container_name)
    if content is None and not kept:
        raise UsageProblems([unknown_profile(settings, profile_name)])
    in_instance = digest_of_file(layout.copy(container_name, profile_name)) or ""
    in_pool = digest_of(content) if content is not None else ""
    known = settings.application.login
    return ProfileHistoryReport(
        profile=profile_name,
        versions=tuple(_version(one, known, in_pool, in_instance) for one in kept),
        current=None if content is None else _current(request, profile_name, content, in_instance),
    )


def _pool_content(request: Request, profile_name: str) -> bytes | None:
    settings = request.settings
    with said(settings.profile_dir / f"{profile_name}{SUFFIX}"):
        real = file_in_pool(settings, profile_name)
        return content_in_pool(real) if real.exists() else None


def _version(
    one: Version, known: LoginCookies | None, in_pool: str, in_instance: str
) -> VersionReport:
    with said(one.path):
        cookies, ends_at = _facts(one.path.read_bytes(), known)
    return VersionReport(
        number=one.number,
        kept_at=one.kept_at,
        source=one.source,
        digest=one.digest,
        size_bytes=one.size,
        cookies=cookies,
        login_expires_at=ends_at,
        is_in_pool=in_pool.startswith(one.digest),
        is_in_instance=in_instance.startswith(one.digest),
    )


def _current(
    request: Request, profile_name: str, content: bytes, in_instance: str
) -> CurrentVersionReport:
    settings, layout = request.settings, request.layout
    container_name = container_name_of(layout.fleet, profile_name)
    has_versions = bool(versions(layout, container_name))
    cookies, ends_at = _facts(content, settings.application.login)
    with said(settings.profile_dir):
        saved_at = file_in_pool(settings, profile_name).stat().st_mtime
    return CurrentVersionReport(
        saved_at=datetime.fromtimestamp(int(saved_at), tz=UTC),
        source=source_in_pool(layout, container_name, content, has_versions=has_versions),
        digest=digest_of(content)[:_DIGEST_DIGITS],
        size_bytes=len(content),
        cookies=cookies,
        login_expires_at=ends_at,
        is_in_instance=in_instance == digest_of(content),
    )


def _facts(content: bytes, known: LoginCookies | None) -> tuple[int | None, datetime | None]:
    facts = session_facts(content, known, salt=new_salt())
    return (facts.cookies, moment(facts.login_expires_at)) if facts else (None, None)


def compare_versions(
    request: Request, profile_name: str, before: str, after: str
) -> ProfileHistoryDiffReport:
    """Compare two versions, by number or `now` for the pool's, without a value of any cookie."""
    contents = [_content_of(request, profile_name, word) for word in (before, after)]
    changes = cookie_changes(*contents)
    if changes is None:
        fault = "one of the two versions is not a whole profile; choose another one"
        raise UsageProblems([f"profile {printable(profile_name)}: {fault}"])
    return ProfileHistoryDiffReport(
        profile=profile_name,
        before=before,
        after=after,
        is_same=contents[0] == contents[1],
        came=_cookies(changes.came),
        went=_cookies(changes.went),
        expiry_changed=_cookies(changes.moved),
    )


def _content_of(request: Request, profile_name: str, word: str) -> bytes:
    if word == NOW:
        content = _pool_content(request, profile_name)
        if content is None:
            raise UsageProblems([unknown_profile(request.settings, profile_name)])
        return content
    if not (word.isascii() and word.isdigit()):
        raise UsageProblems([f"--diff {word!r}: is no version; give a number, or {NOW}"])
    version = version_of(request, profile_name, int(word))
    with said(version.path):
        return version.path.read_bytes()


def _cookies(changes: Sequence[CookieChange]) -> tuple[ChangedCookie, ...]:
    return tuple(
        ChangedCookie(
            name=printable(one.name),
            domain=printable(one.domain),
            expired_before=moment(one.before),
            expires_after=moment(one.after),
        )
        for one in changes
    )


def prune_history(
    request: Request, profile_name: str, keep: int, confirm: Callable[[int], bool]
) -> ProfileHistoryPruneReport:
    """Delete the oldest versions beyond ``keep``; the last one that holds a login stays.

    ``confirm`` gets the number of versions that are there; raises `Declined`.
    """
    settings, layout = request.settings, request.layout
    container_name = container_name_of(settings.container_prefix, profile_name)
    kept = versions(layout, container_name)
    if not kept:
        raise UsageProblems([unknown_profile(settings, profile_name)])
    surplus = len(kept) - keep
    if surplus > 0 and not settings.auto_confirm and not confirm(surplus):
        raise Declined("not confirmed; nothing was touched")
    with fleet_lock(layout, timeout_s=settings.timeouts.lock_timeout_s):
        rank = Custodian(layout, settings.application.login).rank
        deleted = prune_versions(layout, container_name, keep, rank)
        left = tuple(one.number for one in versions(layout, container_name))
    return ProfileHistoryPruneReport(profile=profile_name, deleted=deleted, kept=left)
