"""Puts a login into the pool: checked, in one step, and never over another one unasked."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.profiles.login_findings import DAY_S, login_findings
from multi_instance_manager.commands.profiles.saved import saved_profiles
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.files.private_files import CLOSED_FILE, said, write_new
from multi_instance_manager.files.profile_size import LARGEST_PROFILE
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.reports.profile_add import Added, ProfileAddReport
from multi_instance_manager.sessions.custodian import Custodian
from multi_instance_manager.sessions.open_pools import file_in_pool
from multi_instance_manager.sessions.pool import SUFFIX, content_in_pool, fault_of
from multi_instance_manager.sessions.profile_names import fault_of_name
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.state.lock import fleet_lock
from multi_instance_manager.text.amounts import limit_text
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.reports.profile_finding import ProfileFinding
    from multi_instance_manager.settings.model import Settings

SOON_DAYS = 7.0


class NewProfile(msgspec.Struct, frozen=True):
    """What is to be added; ``source`` names in words where the content comes from."""

    name: str
    source: str
    content: bytes


def read_content(stream: BinaryIO) -> bytes:
    """As much as a profile may have, and a byte more where there is too much."""
    return stream.read(LARGEST_PROFILE + 1)


def add_profile(request: Request, new: NewProfile, *, force: bool) -> ProfileAddReport:
    """Put it into the pool. What is there already goes into the history, and only with ``force``.

    Raises `UsageProblems` where the name, the content or the pool will not do; nothing is touched.
    """
    settings = request.settings
    _refuse(settings, new)
    file = settings.profile_dir / f"{new.name}{SUFFIX}"
    result, kept_as = Added.ADDED, None
    with said(file):
        if not os.path.lexists(file):
            _put_in(new, file)
        elif content_in_pool(file_in_pool(settings, new.name)) == new.content:
            result = Added.UNCHANGED
        elif force:
            result, kept_as = Added.REPLACED, _replace(request, new)
        else:
            raise _taken(new, file)
    return ProfileAddReport(
        profile=new.name,
        file=str(file),
        result=result,
        kept_as=kept_as,
        findings=tuple(_findings(settings, new.name)),
    )


def _refuse(settings: Settings, new: NewProfile) -> None:
    problems = []
    fault = fault_of_name(new.name)
    if fault:
        problems.append(f"profile name {printable(new.name)!r}: {fault}; choose one with --name")
    if len(new.content) > LARGEST_PROFILE:
        problems.append(
            f"{new.source}: is larger than {limit_text(LARGEST_PROFILE)}; it is no login"
        )
    elif refusal := fault_of(new.content):
        problems.append(f"{new.source}: {refusal[0]}; save the login again")
    if not settings.profile_dir.is_dir():
        problems.append(
            f"profile directory {settings.profile_dir}: does not exist; "
            "create it, or name another with --profile-dir"
        )
    if problems:
        raise UsageProblems(problems)


def _put_in(new: NewProfile, file: Path) -> None:
    try:
        write_new(file, new.content, mode=CLOSED_FILE)
    except FileExistsError:
        raise _taken(new, file) from None


def _taken(new: NewProfile, file: Path) -> UsageProblems:
    fact = f"another login is in {file} already"
    step = "choose another name with --name, or replace that login with --force"
    return UsageProblems([f"profile {new.name}: {fact}; {step}"])


def _replace(request: Request, new: NewProfile) -> str | None:
    """Put it in the place of another; gives the name of the version that was kept of that.

    The fleet is held meanwhile, so that no harvest comes in between. Whoever owns the file, and
    may read it, stays as it is.
    """
    settings, layout = request.settings, request.layout
    container_name = container_name_of(settings.container_prefix, new.name)
    prepare_top(layout)
    with fleet_lock(layout, timeout_s=settings.timeouts.lock_timeout_s):
        custodian = Custodian(layout, settings.application.login)
        kept = custodian.put_in_pool(container_name, file_in_pool(settings, new.name), new.content)
    return kept.name if kept else None


def _findings(settings: Settings, name: str) -> Iterator[ProfileFinding]:
    """What to know of the login, now that it is among the others."""
    now = time.time()
    for one in saved_profiles(settings, now=now):
        if one.name == name and one.login.facts is not None:
            yield from login_findings(
                name, one.login.facts, one.twins, now=now, soon_s=SOON_DAYS * DAY_S
            )
