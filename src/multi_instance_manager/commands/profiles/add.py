"""Puts logins into the pool: all are checked first, and none is put over another unasked."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.profiles.added_logins import LoginsOfPool
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.files.private_files import CLOSED_FILE, said, write_new
from multi_instance_manager.files.profile_size import LARGEST_PROFILE
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.reports.profile_add import Added, AddedProfile, ProfileAddReport
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.harvest import put_in_pool
from multi_instance_manager.sessions.open_pools import file_in_pool
from multi_instance_manager.sessions.pool import SUFFIX, content_in_pool, fault_of
from multi_instance_manager.sessions.profile_names import fault_of_name
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.lock import fleet_lock
from multi_instance_manager.text.amounts import limit_text
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.settings.model import Settings


class NewProfile(msgspec.Struct, frozen=True):
    """What is to be added; ``source`` names in words where the content comes from."""

    name: str
    source: str
    content: bytes


class _Placed(msgspec.Struct, frozen=True):
    """One profile that the pool has now; ``kept`` is the version of what it replaced."""

    new: NewProfile
    file: Path
    result: Added
    kept: Path | None = None


def read_content(stream: BinaryIO) -> bytes:
    """As much as a profile may have, and a byte more where there is too much."""
    return stream.read(LARGEST_PROFILE + 1)


def add_profiles(
    request: Request, profiles: Sequence[NewProfile], *, force: bool
) -> ProfileAddReport:
    """Put them into the pool. What is there already goes into the history, and only with ``force``.

    Raises `UsageProblems` with all problems of all of them where any name, any content or the pool
    will not do; nothing is touched. If one cannot be written, those before it are taken out again.
    """
    settings = request.settings
    problems = [*_problems(settings, profiles), *_twice(profiles)]
    problems += [] if problems else _taken_names(settings, profiles, force=force)
    if problems:
        raise UsageProblems(problems)
    placed: list[_Placed] = []
    try:
        for new in profiles:
            placed.append(_put_in(request, new, force=force))  # noqa: PERF401  # kept on failure
    except BaseException:
        for one in reversed(placed):
            _take_out(request, one)
        raise
    logins = LoginsOfPool(request, {new.name: new.source for new in profiles})
    return ProfileAddReport(profiles=tuple(_added(one, logins) for one in placed))


def _added(one: _Placed, logins: LoginsOfPool) -> AddedProfile:
    return AddedProfile(
        profile=one.new.name,
        file=str(one.file),
        result=one.result,
        kept_as=one.kept.name if one.kept else None,
        findings=tuple(logins.findings(one.new.name)),
        twins=logins.twins(one.new.name),
    )


def _problems(settings: Settings, profiles: Sequence[NewProfile]) -> Iterator[str]:
    for new in profiles:
        if fault := fault_of_name(new.name):
            yield f"profile name {printable(new.name)!r}: {fault}; choose one with --name"
        if len(new.content) > LARGEST_PROFILE:
            yield f"{new.source}: is larger than {limit_text(LARGEST_PROFILE)}; it is no login"
        elif refusal := fault_of(new.content):
            yield f"{new.source}: {refusal[0]}; save the login again"
    if not settings.profile_dir.is_dir():
        step = "create it, or name another with --profile-dir"
        yield f"profile directory {settings.profile_dir}: does not exist; {step}"


def _twice(profiles: Sequence[NewProfile]) -> Iterator[str]:
    for name, times in Counter(new.name for new in profiles).items():
        if times > 1:
            sources = ", ".join(new.source for new in profiles if new.name == name)
            step = "add each with a --name of its own"
            yield f"profile {printable(name)}: is given {times} times ({sources}); {step}"


def _taken_names(
    settings: Settings, profiles: Sequence[NewProfile], *, force: bool
) -> Iterator[str]:
    for new in profiles:
        file = _file_of(settings, new)
        if not force and os.path.lexists(file) and not _is_there(settings, new, file):
            yield _taken(new, file)


def _file_of(settings: Settings, new: NewProfile) -> Path:
    return settings.profile_dir / f"{new.name}{SUFFIX}"


def _is_there(settings: Settings, new: NewProfile, file: Path) -> bool:
    with said(file):
        return content_in_pool(file_in_pool(settings, new.name)) == new.content


def _put_in(request: Request, new: NewProfile, *, force: bool) -> _Placed:
    settings = request.settings
    file = _file_of(settings, new)
    with said(file):
        if not os.path.lexists(file):
            with suppress(FileExistsError):
                write_new(file, new.content, mode=CLOSED_FILE)
                return _Placed(new, file, Added.ADDED)
        if _is_there(settings, new, file):
            return _Placed(new, file, Added.UNCHANGED)
        if force:
            return _Placed(new, file, Added.REPLACED, _replace(request, new.name, new.content))
    raise UsageProblems([_taken(new, file)])


def _taken(new: NewProfile, file: Path) -> str:
    fact = f"another login is in {file} already"
    step = "choose another name with --name, or replace that login with --force"
    return f"profile {new.name}: {fact}; {step}"


def _replace(request: Request, name: str, content: bytes) -> Path | None:
    """Put it in the place of another; gives the version that was kept of that.

    The fleet is held meanwhile, so that no harvest comes in between. Whoever owns the file, and
    may read it, stays as it is.
    """
    settings, layout = request.settings, request.layout
    container_name = container_name_of(settings.container_prefix, name)
    prepare_top(layout)
    with fleet_lock(layout, timeout_s=settings.timeouts.lock_timeout_s):
        custodian = Custodian(layout, settings.application.login)
        return put_in_pool(custodian, container_name, file_in_pool(settings, name), content)


def _take_out(request: Request, one: _Placed) -> None:
    """Undo one; a login that its owner has saved there since stays."""
    with suppress(Exception):
        if not _is_there(request.settings, one.new, one.file):
            return
        if one.result is Added.ADDED:
            one.file.unlink()
        elif one.kept is not None:
            _replace(request, one.new.name, one.kept.read_bytes())
