"""Replaces API keys by new random ones, where they are kept, and the instances one by one.

The old key stays beside the new one. If an instance does not become ready with the new key, it
runs on with the old one, the others are not touched, and the next `up` tries again.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.commands.change.fleet_session import FleetSession, held
from multi_instance_manager.commands.change.session_result import SessionResult
from multi_instance_manager.commands.survey.prepare import prepare
from multi_instance_manager.commands.survey.reach import (
    refuse_out_of_reach,
    refuse_without_a_project,
)
from multi_instance_manager.commands.survey.selection import select
from multi_instance_manager.errors import Declined, Refused, UsageProblems
from multi_instance_manager.execute.executor import Pace
from multi_instance_manager.files.private_files import CLOSED_FILE, said, write_atomic
from multi_instance_manager.findings import error, errors_of
from multi_instance_manager.plan.plan import OperationKind, Plan
from multi_instance_manager.probe.host_survey import host_key_file, host_keys
from multi_instance_manager.reports.change import change_report
from multi_instance_manager.reports.keys import KeysRotateReport, RotatedKey
from multi_instance_manager.sessions.pool import names_in
from multi_instance_manager.settings.key_file import random_key
from multi_instance_manager.settings.key_place import CAN_ROTATE, file_before, why_no_file
from multi_instance_manager.state.folder import prepare_top
from multi_instance_manager.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from multi_instance_manager.commands.change.fleet_session import SessionWatch
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.plan.plan import Operation
    from multi_instance_manager.settings.model import Settings

Places = dict[Path, tuple[str, ...]]
"""The profiles that use the key of each file."""

_NOTHING_RUNS = "the key is new; no instance runs, and the next `up` uses it"


class RotationResult(SessionResult, frozen=True, kw_only=True):
    """The new keys, and what became of each instance."""

    keys: tuple[RotatedKey, ...]

    def report(self) -> KeysRotateReport:
        """The report of `keys rotate`."""
        report = change_report(
            KeysRotateReport,
            self.seen.settings,
            self.outcomes,
            self.exit_code,
            notes=self.notes,
            elapsed_s=self.elapsed_s,
            keys=self.keys,
        )
        return report if self.outcomes else replace(report, message=_NOTHING_RUNS)


class NewKeys(msgspec.Struct, frozen=True):
    """What is about to happen: the files whose key is replaced, and the instances."""

    paths: tuple[str, ...]
    profiles: tuple[str, ...]


def rotate_keys(
    request: Request, watch: SessionWatch, confirm: Callable[[NewKeys], bool]
) -> RotationResult:
    """Replace the keys of the named profiles, or all keys; raises before anything is touched."""
    refuse_without_a_project(request.settings, names_in(request.settings.profile_dir))
    places = _places(request)
    is_new = not request.layout.top.is_dir()
    if is_new:  # a refusal must not leave a state folder behind
        _agreed(request, places, confirm)
        prepare_top(request.layout)
    with held(request):
        seen = _settled(request) if is_new else _agreed(request, places, confirm)
        new_keys = {path: Secret(random_key()) for path in places}
        rotated = tuple(_write(path, names, new_keys[path]) for path, names in places.items())
        changed = replace(request, settings=_with_keys(request.settings, places, new_keys))
        return _restarted(changed, seen, watch, rotated)


def _places(request: Request) -> Places:
    """Return the files of the keys; raises `UsageProblems` for a key that is in none of its own."""
    settings = request.settings
    names = names_in(settings.profile_dir)
    chosen = select(request.patterns, names)
    problems = [f"profile {n}: its API key {p}" for n in chosen if (p := _problem(settings.of(n)))]
    if not chosen and (problem := _problem(settings)):
        problems = [f"the API key {problem}"]
    if problems:
        raise UsageProblems(problems)
    files = [_file(settings.of(name)) for name in chosen] or [_file(settings)]
    places = {f: tuple(n for n in names if _file(settings.of(n)) == f) for f in files if f}
    _refuse_sharing(places, chosen)
    return places


def _problem(settings: Settings) -> str | None:
    source, own_file = settings.key_source, host_key_file(settings)
    if source.kind in CAN_ROTATE:
        return None
    if own_file and not settings.api_key_asked_for and host_keys(own_file)[0]:
        return f"is in {own_file}, the application's own file; change it there, and run `up`"
    return why_no_file(source)


def _file(settings: Settings) -> Path | None:
    path = settings.key_source.path
    return Path(os.path.realpath(path)) if path else None


def _refuse_sharing(places: Places, chosen: Collection[str]) -> None:
    """Raise `UsageProblems` if a profile that was not named has one of these keys, too."""
    problems = [
        f"the API key in {path}: is also that of {', '.join(others)}; name these profiles, too, "
        "or give the others a key of their own"
        for path, names in places.items()
        if (others := [name for name in names if name not in chosen])
    ]
    if problems:
        raise UsageProblems(problems)


def _agreed(request: Request, places: Places, confirm: Callable[[NewKeys], bool]) -> Survey:
    """Return the survey once the person has agreed; raises `Refused`, `Declined`."""
    seen = _settled(request)
    users = {name for names in places.values() for name in names}
    running = {operation.profile_name for operation in _kept(seen)} & users
    about = NewKeys(tuple(map(str, places)), tuple(sorted(running)))
    if not request.settings.auto_confirm and not confirm(about):
        raise Declined("not confirmed; nothing was touched")
    return seen


def _settled(request: Request) -> Survey:
    """Return the survey; raises `Refused` if `up` would change more than the keys."""
    seen = prepare(request)
    refuse_out_of_reach(seen)
    if problems := errors_of(seen.findings):
        raise Refused(problems)
    pending = [o.profile_name for o in seen.plan.pending if o.kind is not OperationKind.CREATE]
    if pending:
        fact = f"`up` has other changes for {', '.join(pending)}"
        raise Refused([error("pending", "pool", fact, "run `multi-instance up` first")])
    return seen


def _kept(seen: Survey) -> list[Operation]:
    return [o for o in seen.plan.operations if o.kind is OperationKind.KEEP]


def _write(path: Path, names: tuple[str, ...], key: Secret) -> RotatedKey:
    """Keep the old key beside the new one, then write the new one in its place."""
    old_path = file_before(path)
    with said(path):
        before, status = path.read_bytes(), path.stat()
    write_atomic(old_path, before, like=None, mode=CLOSED_FILE)
    write_atomic(path, _with_key(before, key), like=status, mode=CLOSED_FILE)
    return RotatedKey(profiles=names, path=str(path), old_path=str(old_path))


def _with_key(content: bytes, key: Secret) -> bytes:
    """Replace the first line that holds anything; the others stay."""
    lines = content.splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if line.strip())
    lines[place] = f"{key.reveal()}\n".encode()
    return b"".join(lines)


def _with_keys(settings: Settings, places: Places, new_keys: Mapping[Path, Secret]) -> Settings:
    """Return the settings with the new keys; every instance is waited for."""
    overrides = dict(settings.overrides)
    for path, names in places.items():
        for name in names:
            own = overrides.get(name)
            if own is not None and own.api_key:
                overrides[name] = replace(own, api_key=new_keys[path])
    shared = _file(settings)
    return replace(
        settings,
        api_key=new_keys.get(shared, settings.api_key) if shared else settings.api_key,
        overrides=overrides,
        timeouts=replace(settings.timeouts, wait=True),
    )


def _restarted(
    request: Request, before: Survey, watch: SessionWatch, rotated: tuple[RotatedKey, ...]
) -> RotationResult:
    """Replace the instances that ran before, one at a time; the others stay as they are."""
    if not _kept(before):
        return RotationResult(seen=before, outcomes=(), keys=rotated)
    seen = prepare(request)
    plan = Plan(tuple(_steps(before.plan, seen.plan)))
    session = FleetSession(request, replace(seen, plan=plan))
    done = session.launch(watch, lambda _: None, Pace(at_once=1, ends_at_failure=True))
    return RotationResult(
        seen=done.seen,
        outcomes=done.outcomes,
        notes=done.notes,
        interrupted=done.interrupted,
        keys=rotated,
    )


def _steps(before: Plan, after: Plan) -> Iterator[Operation]:
    """Return the new steps of what ran before, and the old ones of all else but new instances."""
    new = {operation.container_name: operation for operation in after.operations}
    for operation in before.operations:
        if operation.kind is OperationKind.KEEP:
            yield new.get(operation.container_name, operation)
        elif operation.kind is not OperationKind.CREATE:
            yield operation
