"""Gathers what the doctor's checks look at, and reports on them.

Reads only, apart from a trial file in the state folder and in the pool, which it removes again.
"""

from __future__ import annotations

import os
import resource
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from multi_instance_manager.checks.doctor import (
    EngineSeen,
    Facts,
    HereFacts,
    SeenImage,
    SeenInstance,
    examine,
)
from multi_instance_manager.commands.look.instance_status import diagnosis_of
from multi_instance_manager.commands.look.vital_signs import seen_members
from multi_instance_manager.commands.survey.members import members_of
from multi_instance_manager.commands.survey.prepare import prepare
from multi_instance_manager.errors import EngineError
from multi_instance_manager.files.folder_trial import try_folder
from multi_instance_manager.probe.host_survey import root_fault_of
from multi_instance_manager.reports.doctor import DoctorReport, doctor_report
from multi_instance_manager.sessions.pool import SUFFIX
from multi_instance_manager.vitals.sentences import advice_text, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.settings.model import Settings

Answer = TypeVar("Answer")
_INOTIFY = Path("/proc/sys/fs/inotify")


def doctor(request: Request) -> DoctorReport:
    """Check everything; what is out of reach is said."""
    seen = prepare(request)
    facts = replace(
        _facts(seen, request), instances=tuple(_instances(seen)), missing=_missing(seen)
    )
    return doctor_report(examine(facts))


def _missing(seen: Survey) -> tuple[str, ...]:
    """The profiles that can be launched and have no container; none where no engine tells."""
    if seen.engine.reader is None:
        return ()
    members = (m for m in members_of(seen) if not (m.container or m.aside or m.is_orphan))
    return tuple(m.profile_name for m in members if m.spec is not None)


def _instances(seen: Survey) -> Iterator[SeenInstance]:
    """The instances whose containers are there; none where the engine does not tell."""
    reader = seen.engine.reader
    members = [m for m in members_of(seen) if m.container and not m.is_orphan]
    if reader is None or not members:
        return
    looks = _told(partial(seen_members, seen, reader, members)) or []
    for look in looks:
        found, name = diagnosis_of(look), look.member.profile_name
        steps = [advice_text(one, name) for one in found.advice[:1]]
        told = sentence(found, look.redact, now=look.now)
        yield SeenInstance(name, found.verdict, told, "".join(steps))


def _facts(seen: Survey, request: Request) -> Facts:
    engine = _engine(seen, request)
    settings = seen.settings
    root_dir = engine.machine.root_dir if engine and engine.machine else ""
    containers = {c.container_id: c for o in seen.plan.operations for c in o.containers}
    return Facts(
        settings=settings,
        findings=seen.findings,
        here=_here(settings, root_dir),
        engine=engine,
        profiles=len(seen.pool.profiles),
        refused=len(seen.pool.refused),
        up=sum(1 for container in containers.values() if container.is_up),
        ports=tuple(port for spec in seen.specs for port in spec.host_ports),
    )


def _engine(seen: Survey, request: Request) -> EngineSeen | None:
    try:
        info = request.engine().describe()
        examiner = request.examiner()
    except EngineError:
        return None
    before = time.time()
    machine = _told(examiner.machine)
    return EngineSeen(
        endpoint=info.endpoint,
        place=seen.engine.place,
        api_version=info.api_version,
        asked_at=(before + time.time()) / 2,
        machine=machine,
        images=tuple(_images(seen, request)),
        bridged=_told(examiner.bridged),
    )


def _images(seen: Survey, request: Request) -> Iterator[SeenImage]:
    """The images of the instances; without a profile, the one that they would have."""
    found = {spec.image.name: spec.image for spec in seen.specs if spec.image.image_id}
    if not seen.specs:
        choice = seen.settings.image
        names = [name for name in (choice.name, choice.fallback) if name]
        there = (_told(partial(request.engine().find_image, name)) for name in names)
        found = {image.name: image for image in there if image}
    examiner = request.examiner()
    for name, image in found.items():
        make = _told(partial(examiner.image_make, name))
        yield SeenImage(name, image.image_id, make)


def _told(ask: Callable[[], Answer]) -> Answer | None:
    """An answer, or None where the engine (or a proxy before it) refuses it."""
    try:
        return ask()
    except EngineError:
        return None


def _here(settings: Settings, engine_dir: str) -> HereFacts:
    import psutil

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return HereFacts(
        now=time.time(),
        available_memory_bytes=psutil.virtual_memory().available,
        state_free_bytes=_free_bytes(settings.state_dir),
        engine_free_bytes=_free_bytes(Path(engine_dir)) if engine_dir else None,
        inotify_instances=_number_in(_INOTIFY / "max_user_instances"),
        inotify_watches=_number_in(_INOTIFY / "max_user_watches"),
        open_files=None if soft == resource.RLIM_INFINITY else soft,
        pool_is_writable=os.access(settings.profile_dir, os.W_OK | os.X_OK),
        state_trial=None if root_fault_of(settings) else try_folder(settings.state_dir),
        pool_trial=try_folder(settings.profile_dir) if settings.profile_dir.is_dir() else None,
        stubs=_stubs(settings),
    )


def _stubs(settings: Settings) -> tuple[str, ...]:
    """Empty profiles in the shared folder in use: a mount of one file leaves one each."""
    tree = settings.application.project.tree
    if tree is None:
        return ()
    folder = Path(tree) / settings.application.paths.active
    with suppress(OSError):
        entries = sorted(os.scandir(settings.project_root / folder), key=lambda one: one.name)
        files = (e for e in entries if e.name.endswith(SUFFIX) and e.is_file(follow_symlinks=False))
        return tuple(str(folder / e.name) for e in files if not e.stat().st_size)
    return ()


def _free_bytes(path: Path) -> int | None:
    """Room on the disk of a folder, or of the nearest one above it that can be seen."""
    for folder in (path, *path.parents):
        with suppress(OSError):
            disk = os.statvfs(folder)
            return disk.f_bavail * disk.f_frsize
    return None


def _number_in(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
