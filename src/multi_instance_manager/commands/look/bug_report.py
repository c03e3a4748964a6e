"""Writes the archive for a bug report: what explains an instance, and no secret of anybody's."""

from __future__ import annotations

import io
import os
import platform
import tarfile
import time
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager import __version__
from multi_instance_manager.commands.look.config import config_show
from multi_instance_manager.commands.look.doctor import doctor
from multi_instance_manager.commands.look.explain import explained
from multi_instance_manager.commands.look.inspection import told_of_inspection
from multi_instance_manager.errors import EngineError, StateError, UsageProblems
from multi_instance_manager.files.private_files import CLOSED_FILE
from multi_instance_manager.files.untrusted_files import read_untrusted
from multi_instance_manager.text.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multi_instance_manager.commands.look.explain import Explained
    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.reports.explain import ExplainReport

LOG_LINES = 1000
_LIBRARIES = ("click", "filelock", "h11", "msgspec", "psutil", "rich")
_ABOUT = """What `multi-instance explain {profile} --bundle` gathered for a bug report.

explain.json    why the instance is in its state, and the evidence
doctor.json     the engine, this machine and the pool, check by check
plan.txt        what `multi-instance up` would do, and why
inspect.json    the container as the engine shows it: variables by name alone
log.txt         the last lines of its log
failures/       last lines of earlier failures
journal.txt     what the last run began to do with the instance
settings.json   the settings in force and where each comes from
versions.json   of the manager, its libraries and this machine

There is no API key in it, no content of a profile and no value of an environment variable. Every
such value that the pool knows has been replaced by ******** wherever it came. The application's own
log may tell what the manager cannot know: look through log.txt before you pass this on.
"""


def explain_with_bundle(request: Request, profile_name: str, path: Path) -> ExplainReport:
    """Explain, and write the archive; raises `UsageProblems` where the file is there already."""
    if path.exists() or path.is_symlink():
        raise UsageProblems([f"--bundle {path}: exists already; name another file"])
    found = explained(request, profile_name, is_for_others=True)
    _write(path, f"explain-{found.report.container}", dict(_files(found)))
    return msgspec.structs.replace(found.report, bundle=str(path))


def _files(found: Explained) -> Iterator[tuple[str, str]]:
    """Every file's name and its text; nothing comes here that has not been redacted."""
    gatherer, member, report = found.gatherer, found.member, found.report
    request, redact = gatherer.request, gatherer.redactor

    def document(content: Any) -> str:
        return json_text(redact.document(msgspec.to_builtins(content)))

    yield "README.txt", _ABOUT.format(profile=redact.text(report.profile))
    yield "explain.json", document(report)
    yield "doctor.json", document(doctor(request))
    yield "plan.txt", redact.text(gatherer.seen.plan.text()) + "\n"
    yield "log.txt", _text(gatherer.log_tail(member, LOG_LINES))
    yield "journal.txt", _text(gatherer.journal(member))
    yield "settings.json", document(config_show(request))
    yield "versions.json", document(_versions(request))
    yield "inspect.json", document(list(_inspections(found)))
    for log in gatherer.log_files(member):
        yield f"failures/{log.rpartition('/')[2]}", redact.excerpt(_content(log))


def _inspections(found: Explained) -> Iterator[Mapping[str, Any]]:
    examiner = found.gatherer.request.examiner
    for container in (found.member.container, found.member.aside):
        if container is not None:
            with suppress(EngineError):
                yield told_of_inspection(examiner().inspection(container.container_id))


def _versions(request: Request) -> dict[str, Any]:
    engine = None
    with suppress(EngineError):
        engine = request.examiner().machine()
    return {
        "manager": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "engine": msgspec.to_builtins(engine),
    }


def _text(lines: tuple[str, ...] | list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _content(path: str) -> str:
    with suppress(OSError):
        return (read_untrusted(Path(path)) or b"").decode(errors="replace")
    return ""


def _write(path: Path, folder: str, files: Mapping[str, str]) -> None:
    """Write all into a new file that nobody else can read; one that is there is not touched."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, CLOSED_FILE)
    except FileExistsError:
        raise UsageProblems([f"--bundle {path}: exists already; name another file"]) from None
    except OSError as problem:
        raise UsageProblems(
            [f"--bundle {path}: cannot be written ({problem.strerror}); name another file"]
        ) from None
    try:
        with (
            os.fdopen(descriptor, "wb") as file,
            tarfile.open(fileobj=file, mode="w:gz") as archive,
        ):
            for name, text in files.items():
                archive.addfile(*_member(f"{folder}/{name}", text.encode(errors="replace")))
    except OSError as problem:
        path.unlink(missing_ok=True)
        raise StateError(
            str(path), f"could not be written ({problem.strerror})", "free space there"
        ) from problem


def _member(name: str, content: bytes) -> tuple[tarfile.TarInfo, io.BytesIO]:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(content), CLOSED_FILE, int(time.time())
    return entry, io.BytesIO(content)
