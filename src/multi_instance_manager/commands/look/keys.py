"""Shows where the API keys are kept. Asks no engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.commands.survey.reach import refuse_without_a_project
from multi_instance_manager.commands.survey.selection import select
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.probe.host_survey import host_key_file, host_keys
from multi_instance_manager.reports.keys import KeysShowReport, ShownKey
from multi_instance_manager.sessions.pool import names_in
from multi_instance_manager.settings.key_place import why_no_file
from multi_instance_manager.settings.key_source import KeyKind

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.settings.model import Settings


def show_keys(request: Request, *, reveal: bool = False) -> KeysShowReport:
    """Show the shared key and those of single profiles, or those of the named profiles.

    The keys themselves only with ``reveal``.
    """
    settings = request.settings
    names = names_in(settings.profile_dir)
    refuse_without_a_project(settings, names)
    if request.patterns:
        shown = [_key(settings, name, reveal) for name in select(request.patterns, names)]
    else:
        own = [name for name, override in settings.overrides.items() if override.api_key]
        shown = [_key(settings, name, reveal) for name in (None, *own)]
    return KeysShowReport(keys=tuple(shown))


def key_path(request: Request) -> KeysShowReport:
    """Show one key, whose file is known; raises `UsageProblems` for several, or without a file."""
    report = show_keys(request)
    keys = report.keys if request.patterns else report.keys[:1]
    paths = {key.path for key in keys}
    if len(paths) > 1:
        raise UsageProblems(["--path: these profiles have different keys; name one profile"])
    settings = request.settings.of(keys[0].profile or "")
    is_missing = settings.key_source.kind is KeyKind.TO_BE_KEPT
    if paths == {None} or (is_missing and keys[0].source != _OF_APPLICATION):
        raise UsageProblems([f"the API key {why_no_file(settings.key_source)}"])
    return KeysShowReport(keys=keys[:1])


_OF_APPLICATION = "application"


def _key(settings: Settings, name: str | None, reveal: bool) -> ShownKey:
    own = settings if name is None else settings.of(name)
    source, file = own.key_source, host_key_file(own)
    of_host = host_keys(file)[0] if file and not own.api_key_asked_for else ()
    if of_host:
        key = of_host[0].reveal() if reveal else None
        return ShownKey(profile=name, source=_OF_APPLICATION, path=str(file), key=key)
    is_there = source.kind is not KeyKind.TO_BE_KEPT
    return ShownKey(
        profile=name,
        source=source.kind.value,
        path=str(source.path) if source.path else None,
        key=own.api_key.reveal() if reveal and is_there else None,
    )
