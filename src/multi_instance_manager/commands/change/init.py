"""Writes a new configuration file with what differs from the defaults.

Flags of this command are written as they are. Three questions settle the rest: the key, the image
and the ports.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.commands.survey.first_look import FirstLook, first_look
from multi_instance_manager.commands.survey.reach import refuse_without_a_project
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.files.private_files import CLOSED_FILE, READABLE_FILE, said, write_new
from multi_instance_manager.reports.init import InitReport, WrittenSetting
from multi_instance_manager.settings import values
from multi_instance_manager.settings.file_keys import types_of
from multi_instance_manager.settings.options import OPTIONS
from multi_instance_manager.settings.origin import Source
from multi_instance_manager.settings.shown import shown_values
from multi_instance_manager.settings.starter_file import StarterSetting, starter_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from multi_instance_manager.commands.survey.request import Request
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.settings.option import Option

_OF_THIS_RUN = {"project_root", "config_file", "auto_confirm", "output", "docker_args", "api_key"}
_ARGUMENTS = "docker-args"
_GIVEN = "Given to `init`."


class Interview(msgspec.Struct, frozen=True):
    """The questions: each gets what is proposed, and returns the answer."""

    generates_key: Callable[[bool], bool]
    image: Callable[[str], str]
    first_port: Callable[[int], int]


ALL_AS_PROPOSED = Interview(lambda yes: yes, lambda name: name, lambda port: port)


def init(request: Request, interview: Interview, target: Path, *, force: bool) -> InitReport:
    """Look, ask and write; raises `Refused` outside of a project, `UsageProblems`."""
    settings = request.settings
    refuse_without_a_project(settings, ())
    if os.path.lexists(target) and not force:
        raise _taken(target)
    look = first_look(request)
    written = [*_given(settings), *_answered(settings, look, interview)]
    holds_secrets = any(one.key == _ARGUMENTS for one in written)
    mode = CLOSED_FILE if holds_secrets else READABLE_FILE
    kept_as = _write(target, starter_text(written), mode)
    return InitReport(
        file=str(target),
        kept_as=str(kept_as) if kept_as else None,
        settings=tuple(_told(settings, one) for one in written),
        profiles=look.profiles,
        notes=tuple(_notes(settings, look)),
    )


def _told(settings: Settings, written: StarterSetting) -> WrittenSetting:
    """Return a setting for the report; extra arguments may hold secrets, which are masked."""
    if written.key != _ARGUMENTS:
        return WrittenSetting(key=written.key, value=written.toml)
    masked = next(value.value for value in shown_values(settings) if value.key == _ARGUMENTS)
    return WrittenSetting(key=written.key, value=masked)


def _taken(target: Path) -> UsageProblems:
    step = "edit it, or replace it with --force"
    return UsageProblems([f"{target}: exists already; {step}"])


def _given(settings: Settings) -> Iterator[StarterSetting]:
    """Return what the flags of this run say."""
    for option in OPTIONS:
        origin = settings.origins[option.name]
        if origin.source is not Source.FLAG or option.name in _OF_THIS_RUN:
            continue
        yield StarterSetting(option.key, _value_of(option, origin.text or ""), _GIVEN)
    if settings.origins["docker_args"].source is Source.FLAG:
        yield StarterSetting(_ARGUMENTS, settings.docker_args, _GIVEN)


def _value_of(option: Option, text: str) -> Any:
    """Return a flag's text as a value of the file."""
    kind = types_of(option)[0]
    if kind == "boolean":
        return option.turned(key_value=values.boolean(text))
    if kind == "integer":
        return int(text)
    if kind == "number":
        number = float(text.removesuffix("s"))
        return int(number) if number.is_integer() else number
    return os.path.abspath(text) if option.reader is values.path else text  # noqa: PTH100  # text


def _answered(
    settings: Settings, look: FirstLook, interview: Interview
) -> Iterator[StarterSetting]:
    yield from _key(settings, look, interview)
    yield from _image(settings, look, interview)
    yield from _ports(settings, look, interview)
    if look.lacks_environment_file and not _is_given(settings, "mount_docker_env"):
        reason = f"There was no {settings.docker_env_file} when this file was written."
        yield StarterSetting("docker-env", value=False, reason=reason)


def _is_given(settings: Settings, *names: str) -> bool:
    return any(settings.origins[name].source is not Source.DEFAULT for name in names)


def _key(settings: Settings, look: FirstLook, interview: Interview) -> Iterator[StarterSetting]:
    given = _is_given(settings, "api_key", "api_key_file", "generate_api_key")
    if given or not settings.application.takes_key:
        return
    wanted = interview.generates_key(look.has_kept_key or not look.has_own_keys)
    reason = "The first `up` generates it; see `multi-instance keys show`."
    if not wanted:
        reason = "So the keys of the application's own file are used, else the public default."
    yield StarterSetting("generate-api-key", wanted, reason)


def _image(settings: Settings, look: FirstLook, interview: Interview) -> Iterator[StarterSetting]:
    if _is_given(settings, "image"):
        return
    default = settings.image.name
    name = interview.image(look.image or default)
    if name != default:
        yield StarterSetting("image", _read("image", name), "The default is another one.")


def _ports(settings: Settings, look: FirstLook, interview: Interview) -> Iterator[StarterSetting]:
    """Ask for the first port of the APIs; the streams move by as much."""
    if _is_given(settings, "base_api_port", "base_stream_port"):
        return
    bases = settings.bases
    first = interview.first_port(bases.api + look.port_shift)
    if first == bases.api:
        return
    reason = "Ports from the default on were in use, or not wanted."
    yield StarterSetting("base-api-port", _read("base_api_port", str(first)), reason)
    if bases.stream is not None:
        stream = str(bases.stream + first - bases.api)
        yield StarterSetting("base-stream-port", _read("base_stream_port", stream), reason)


def _read(name: str, text: str) -> Any:
    """Return an answer as a value; raises `UsageProblems`."""
    option = next(option for option in OPTIONS if option.name == name)
    try:
        return option.reader(text)
    except ValueError as problem:
        raise UsageProblems([f"{option.key} {text!r}: {problem}"]) from None


def _write(target: Path, text: str, mode: int) -> Path | None:
    """Write the file; one that is there is kept under another name, which is returned."""
    kept_as = None
    with said(target):
        if os.path.lexists(target):
            kept_as = target.with_name(f"{target.name}.old")
            target.replace(kept_as)
        try:
            write_new(target, text.encode(), mode=mode)
        except FileExistsError:
            raise _taken(target) from None
    return kept_as


def _notes(settings: Settings, look: FirstLook) -> Iterator[str]:
    """Return what else stands between this project and its first launch."""
    if look.engine_problem:
        yield f"the image was not looked for: {look.engine_problem}"
    elif look.image is None and not _is_given(settings, "image"):
        yield f"the engine has no image {settings.image.name}; build or pull it before `up`"
    if not look.profiles:
        step = "add one with `multi-instance profiles add FILE`"
        yield f"{settings.profile_dir} has no profile; {step}"
