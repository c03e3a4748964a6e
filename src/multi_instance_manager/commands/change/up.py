"""Brings the pool to what was asked: one proven instance for each profile."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.change.fleet_session import FleetSession, held
from multi_instance_manager.commands.survey.launchable import launchable
from multi_instance_manager.commands.survey.prepare import prepare
from multi_instance_manager.commands.survey.renames import remember_files
from multi_instance_manager.errors import Busy, Declined, Refused
from multi_instance_manager.files.private_files import said
from multi_instance_manager.files.rights import hand_over_path
from multi_instance_manager.findings import errors_of
from multi_instance_manager.probe.host_survey import missing_mount_points
from multi_instance_manager.sessions.open_pools import remember_open_pool
from multi_instance_manager.settings.kept_key import keep_key
from multi_instance_manager.state import records
from multi_instance_manager.state.folder import prepare_top

if TYPE_CHECKING:
    from collections.abc import Callable

    from multi_instance_manager.application.definition import ContainerPaths
    from multi_instance_manager.commands.change.fleet_session import SessionWatch
    from multi_instance_manager.commands.change.session_result import UpResult
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.commands.survey.survey import Survey


class UpGates(msgspec.Struct, frozen=True):
    """How the operation reaches the person.

    ``show`` gets what was found, once, before anything is touched; ``confirm`` then answers whether
    to go on.
    """

    show: Callable[[Survey], None]
    confirm: Callable[[Survey], bool]


def up(request: Request, watch: SessionWatch, gates: UpGates) -> UpResult:
    """Check, ask, launch, wait and prove.

    Raises `Refused`, `Declined` or `Busy` before anything is touched. A pool that has been
    launched before is locked first. A new one has no state folder yet, and none is made before
    the checks have passed and the person has said yes.
    """
    layout = request.layout
    if os.access(layout.lock, os.W_OK):
        with held(request):
            return FleetSession(request, _agreed(request, gates)).launch(watch, _remember)
    agreed = _agreed(request, gates)
    prepare_top(layout)
    with held(request):
        seen = prepare(request)
        if seen.plan.text() != agreed.plan.text():
            raise Busy(
                f"fleet {layout.fleet}",
                "changed while the question was open",
                "nothing was touched, run `up` again",
            )
        _refuse(request, seen)
        return FleetSession(request, seen).launch(watch, _remember)


def _agreed(request: Request, gates: UpGates) -> Survey:
    """What is to be done, checked, shown, and agreed to."""
    seen = prepare(request)
    gates.show(seen)
    _refuse(request, seen)
    if seen.plan.pending and not request.settings.auto_confirm and not gates.confirm(seen):
        raise Declined("not confirmed; nothing was touched")
    return seen


def _refuse(request: Request, seen: Survey) -> None:
    if errors_of(seen.findings):
        raise Refused(seen.findings, launchable(request, seen))


def _remember(seen: Survey) -> None:
    """Keep what a launch rests on, and make what its containers mount."""
    settings, layout = seen.settings, seen.layout
    remember_files(layout, seen.pool, settings)
    keep_key(settings, layout)
    remember_open_pool(settings, layout, time.time())
    if records.read_ledger(layout) != seen.ledger:
        records.write_ledger(layout, seen.ledger)
    _make_mount_points(seen.facts.host.tree, settings.application.paths)


def _make_mount_points(tree: str | None, paths: ContainerPaths) -> None:
    """What the engine would otherwise create in the shared tree, with root as its owner."""
    if tree is None:
        return
    for name in missing_mount_points(tree, paths):
        with said(Path(tree) / name):
            os.mkdir(os.path.join(tree, name))  # noqa: PTH102, PTH118  # joined text stays text
            hand_over_path(Path(tree) / name)
    if paths.key_file is None:
        return
    key_file = Path(tree) / paths.key_file
    with said(key_file):
        if not os.path.lexists(key_file):
            key_file.touch(mode=0o644)
            hand_over_path(key_file)
