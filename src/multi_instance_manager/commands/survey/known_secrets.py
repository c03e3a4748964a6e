"""Which secrets a pool and its instances know: for whatever shows what a container wrote.

They are read when there is something to show, and anew once a file has changed: an instance
refreshes its session while it is being looked at.
"""

from __future__ import annotations

import os
import re
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from multi_instance_manager.application.session_json import read_session
from multi_instance_manager.errors import StateError
from multi_instance_manager.files.untrusted_files import read_untrusted
from multi_instance_manager.probe.host_survey import gather_host_facts, host_key_file, host_keys
from multi_instance_manager.sessions.kept_sessions import session_files
from multi_instance_manager.sessions.open_pools import file_in_pool
from multi_instance_manager.sessions.pool import SUFFIX
from multi_instance_manager.settings.key_place import file_before
from multi_instance_manager.state.folder import refuse_closed
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.text.json_faults import JSON_FAULTS
from multi_instance_manager.text.redactor import (
    Redactor,
    secrets_in_env_file,
    session_values,
    values_in_env_file,
)
from multi_instance_manager.text.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from multi_instance_manager.plan.mounts import Host
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.settings.model import Settings
    from multi_instance_manager.text.secret import Secret

_KEY_FILES = ("private/*/*.txt", "aside/*/*.txt", "keys/*.txt", "keys/*.old")
_LOOKS_APART_S = 1.0
_SAID_TO_BE_SECRET = re.compile(
    r"(?:password|passwd|pass|secret|token|key)=([^,\"]+)", re.IGNORECASE
)
_TELLING = {"--label", "--annotation", "--log-opt", "--health-cmd", "--entrypoint"}


class KnownPlaces(Protocol):
    """What has been looked at, as far as it says where secrets are."""

    @property
    def settings(self) -> Settings:
        """What the run was asked for."""

    @property
    def specs(self) -> tuple[InstanceSpec, ...]:
        """The instances that are wanted."""


class KnownSecrets:
    """The keys, sessions and variables of all instances, of every version that is kept.

    Of the environment file those values that may be secret, or ``every_variable`` of it.
    """

    def __init__(
        self,
        settings: Settings,
        keys_of_host: Sequence[Secret],
        specs: Sequence[InstanceSpec] = (),
        *,
        every_variable: bool = False,
    ) -> None:
        self._in_env_file = values_in_env_file if every_variable else secrets_in_env_file
        self._settings = settings
        self._host_key_file = host_key_file(settings)
        # Containers go on with those that they were started with, whatever the files say by now.
        self._earlier_keys = {key.reveal() for key in keys_of_host}
        self._earlier_variables: set[str] = set()
        self._specs = specs
        self._redactor: Redactor | None = None
        self._seen: dict[str, tuple[int, ...]] = {}
        self._looked_at = 0.0

    def redactor(self) -> Redactor:
        """What takes them out of a text, as of now; raises `StateError` for one that is closed."""
        is_due = time.monotonic() - self._looked_at >= _LOOKS_APART_S
        if self._redactor is None or is_due:
            seen = self._look()
            if self._redactor is None or seen != self._seen:
                self._redactor = Redactor(self._keys(), self._values())
            self._seen, self._looked_at = seen, time.monotonic()
        return self._redactor

    @property
    def longest(self) -> int:
        """The bytes of the longest secret."""
        return self.redactor().longest

    def log_line(self, line: bytes) -> bytes:
        """A line of an instance's log without secrets."""
        return self.redactor().log_line(line)

    def _look(self) -> dict[str, tuple[int, ...]]:
        """What tells whether a file has changed, for each that holds secrets."""
        refuse_closed(self._settings.state_dir)
        found: dict[str, tuple[int, ...]] = {}
        files: tuple[str | Path, ...] = (
            *self._pool_files(),
            *self._kept_files(),
            *self._key_files(),
            *(file for file in (self._settings.docker_env_file, self._host_key_file) if file),
        )
        for file in files:
            with suppress(OSError):
                found[str(file)] = _state_of(file)
        return found

    def _pool_files(self) -> Iterator[Path]:
        with suppress(OSError):
            yield from self._settings.profile_dir.glob(f"*{SUFFIX}")

    def _kept_files(self) -> Iterator[str]:
        return session_files(StateLayout(self._settings.state_dir, self._settings.container_prefix))

    def _key_files(self) -> Iterator[Path]:
        for pattern in _KEY_FILES:
            yield from self._settings.state_dir.glob(pattern)
        overrides = self._settings.overrides.values()
        for source in (self._settings.key_source, *(own.key_source for own in overrides)):
            if source and source.path:
                yield from (source.path, file_before(Path(os.path.realpath(source.path))))

    def _keys(self) -> Iterator[str]:
        yield from (key.reveal() for key in self._settings.keys)
        if self._host_key_file:
            self._earlier_keys |= {key.reveal() for key in host_keys(self._host_key_file)[0]}
        yield from self._earlier_keys
        for file in self._key_files():
            yield from _lines(file)

    def _values(self) -> Iterator[str]:
        settings = self._settings
        for file in self._pool_files():
            with suppress(OSError):
                real = file_in_pool(settings, file.name.removesuffix(SUFFIX))
                yield from _texts(read_untrusted(real) or b"")
        for kept in self._kept_files():
            with suppress(OSError):
                yield from _texts(read_untrusted(kept) or b"")
        for own in settings.overrides.values():
            yield from (value.reveal() for _, value in own.environment)
        for spec in self._specs:
            yield from (one.value.reveal() for one in spec.secrets())
            yield from _told_to_docker(spec.extra.tokens)
        if settings.docker_env_file:
            lines = "\n".join(_lines(settings.docker_env_file))
            self._earlier_variables |= set(self._in_env_file(lines))
        yield from self._earlier_variables


def redactor_of(seen: KnownPlaces, host: Host, *, every_variable: bool = False) -> Redactor:
    """A redactor that knows the secrets of all instances; raises `StateError`."""
    return KnownSecrets(
        seen.settings, host.host_keys, seen.specs, every_variable=every_variable
    ).redactor()


def secrets_of(settings: Settings) -> KnownSecrets:
    """The secrets, for a command that only looks, and knows no wanted instances."""
    return KnownSecrets(settings, gather_host_facts(settings).host.host_keys)


def lazy_redaction(seen: KnownPlaces, host: Host) -> Callable[[str], str]:
    """Takes the secrets out of a text; they are read once there is a text to take them out of.

    Long lines are cut. Where the secrets cannot be read, nothing of the text is shown.
    """
    secrets = KnownSecrets(seen.settings, host.host_keys, seen.specs)

    def redact(text: str) -> str:
        try:
            return secrets.redactor().excerpt(text)
        except StateError:
            return MASK

    return redact


def _state_of(file: str | Path) -> tuple[int, ...]:
    """What changes with the file, and with the file that a link leads to."""
    status = os.lstat(file)
    own = status.st_ino, status.st_size, status.st_mtime_ns
    return (*own, *_state_of(os.path.realpath(file))) if stat.S_ISLNK(status.st_mode) else own


def _told_to_docker(tokens: Iterable[str]) -> Iterator[str]:
    """Values of the extra options in which people put secrets, and the words of them."""
    for token in tokens:
        option, _, value = token.partition("=")
        if option in _TELLING:
            yield value
            yield value.partition("=")[2]
            yield from value.split()
        yield from _SAID_TO_BE_SECRET.findall(value)


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
        return read_untrusted(os.path.realpath(file)) or b""
    return b""
