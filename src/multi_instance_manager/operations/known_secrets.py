"""Gathers every secret that a pool knows, so that it can be blotted out of what is shown.

They are read for the one purpose of finding them again, and go nowhere else.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Protocol

from multi_instance_manager.errors import StateError
from multi_instance_manager.json_faults import JSON_FAULTS
from multi_instance_manager.kept_sessions import session_files
from multi_instance_manager.open_pools import file_in_pool
from multi_instance_manager.private_files import refuse_closed
from multi_instance_manager.profiles import SUFFIX
from multi_instance_manager.redaction import Redactor, session_values, values_in_env_file
from multi_instance_manager.secret import MASK
from multi_instance_manager.session_json import read_session
from multi_instance_manager.state_layout import StateLayout
from multi_instance_manager.untrusted_files import read_untrusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from multi_instance_manager.contract import Host
    from multi_instance_manager.settings import Settings
    from multi_instance_manager.spec import InstanceSpec

_KEY_FILES = ("private/*/*.txt", "aside/*/*.txt", "keys/*.txt")
_TELLING = {"--label", "--annotation", "--log-opt", "--health-cmd", "--entrypoint"}


class Knowing(Protocol):
    """What has been looked at, as far as it says where secrets are."""

    @property
    def settings(self) -> Settings:
        """What the run was asked for."""

    @property
    def specs(self) -> tuple[InstanceSpec, ...]:
        """The instances that are wanted."""


def redactor_of(seen: Knowing, host: Host) -> Redactor:
    """A redactor that knows the keys, sessions and variables of all instances, of every version.

    Raises `StateError` where they cannot be read.
    """
    refuse_closed(seen.settings.state_dir)
    return Redactor(_keys(seen, host), _values(seen))


def lazy_redaction(seen: Knowing, host: Host) -> Callable[[str], str]:
    """Takes the secrets out of a text; they are read once there is a text to take them out of.

    Where they cannot be read, nothing of the text is shown.
    """

    @cache
    def redactor() -> Redactor | None:
        try:
            return redactor_of(seen, host)
        except StateError:
            return None

    def redact(text: str) -> str:
        known = redactor()
        return known.text(text) if known else MASK

    return redact


def _keys(seen: Knowing, host: Host) -> Iterator[str]:
    settings = seen.settings
    yield from (key.reveal() for key in settings.keys)
    yield from (key.reveal() for key in host.host_keys)
    for pattern in _KEY_FILES:
        for file in settings.state_dir.glob(pattern):
            yield from _lines(file)
    if settings.key_source.path:
        yield from _lines(settings.key_source.path)


def _values(seen: Knowing) -> Iterator[str]:
    settings = seen.settings
    for file in settings.profile_dir.glob(f"*{SUFFIX}"):
        with suppress(OSError):
            real = file_in_pool(settings, file.name.removesuffix(SUFFIX))
            yield from _texts(read_untrusted(real) or b"")
    for kept in session_files(StateLayout(settings.state_dir, settings.container_prefix)):
        with suppress(OSError):
            yield from _texts(read_untrusted(kept) or b"")
    for own in settings.overrides.values():
        yield from (value.reveal() for _, value in own.environment)
    for spec in seen.specs:
        yield from (value for _, value in spec.secrets())
        yield from _told_to_docker(spec.extra.tokens)
    if settings.docker_env_file:
        yield from values_in_env_file("\n".join(_lines(settings.docker_env_file)))


def _told_to_docker(tokens: Iterable[str]) -> Iterator[str]:
    """Values of the extra options in which people put secrets, and the words of them."""
    for token in tokens:
        option, _, value = token.partition("=")
        if option in _TELLING:
            yield value
            yield value.partition("=")[2]
            yield from value.split()


def _texts(content: bytes) -> Iterator[str]:
    """The secret values of a session; of one that cannot be parsed, its lines."""
    try:
        yield from session_values(read_session(content))
    except JSON_FAULTS:
        yield from content.decode(errors="replace").splitlines()


def _lines(file: Path) -> Iterator[str]:
    yield from (line.strip() for line in _content(file).decode(errors="replace").splitlines())


def _content(file: Path) -> bytes:
    """Of a file that is its owner's, who may have put a link there."""
    with suppress(OSError):
        return read_untrusted(file.resolve()) or b""
    return b""
