"""The shape of what is known of an application; the facts are in a definition file. Pure.

A fact that is left out is one that this application does not have: no stream, no key, no list of
models. Nothing in the manager then expects it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from multi_instance_manager.application.verdict import Meaning

Port = Annotated[int, Meta(ge=1, le=65535)]
Text = Annotated[str, Meta(min_length=1)]
Absolute = Annotated[str, Meta(pattern=r"^/[^\0]*[^/\0]$")]
Name = Annotated[str, Meta(pattern=r"^[^/\0]+$")]
Below = Annotated[str, Meta(pattern=r"^[^/\0][^\0]*$")]
Status = Annotated[int, Meta(ge=100, le=599)]
Texts = Annotated[tuple[Text, ...], Meta(min_length=1)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the definition; a key that it does not know is a mistake."""


class ImageNames(_Part, frozen=True):
    """Names of the application's image: where none is asked for, and what Compose makes of it."""

    default: Text
    compose: Text | None = None


class ProjectPaths(_Part, frozen=True):
    """Where things lie in the application's repository, from the project root."""

    tree: Below = "auth_profiles"
    pool: Below = "auth_profiles/saved"
    environment_file: Below = "docker/.env"


class ContainerPorts(_Part, frozen=True):
    """Ports in the container; ``stream`` is None where there is none."""

    api: Port
    stream: Port | None = None


class ContainerPaths(_Part, frozen=True):
    """Paths in the container: a tree, and what lies in it."""

    tree: Absolute
    active: Name
    saved: Name
    emergency: Name | None = None
    key_file: Name | None = None
    environment_file: Absolute | None = None

    def below(self, name: str) -> str:
        """The path of a name below the tree."""
        return f"{self.tree}/{name}"

    @property
    def active_dir(self) -> str:
        """The folder whose first profile is started on."""
        return self.below(self.active)

    @property
    def saved_dir(self) -> str:
        """The folder of the pool."""
        return self.below(self.saved)

    @property
    def emergency_dir(self) -> str | None:
        """The folder of further profiles, where there is one."""
        return self.below(self.emergency) if self.emergency else None

    @property
    def key_path(self) -> str | None:
        """The file of the keys, where there is one."""
        return self.below(self.key_file) if self.key_file else None

    @property
    def folders(self) -> tuple[str, ...]:
        """The names of all folders of profiles, as they lie below the tree."""
        return tuple(name for name in (self.active, self.saved, self.emergency) if name)


class VariableNames(_Part, frozen=True):
    """Environment variables by what they say; ``without_rotation`` has names and values."""

    startup_profile: Text | None = None
    api_key: Text | None = None
    log_level: Text | None = None
    rotate_at_start: Text | None = None
    rotate_while_running: Text | None = None
    without_rotation: Mapping[str, str] = msgspec.field(default_factory=dict)


class Readiness(_Part, frozen=True):
    """Where it says that it serves, and with which HTTP status."""

    path: Absolute
    status: Status = 200


class GuardedPath(_Part, frozen=True):
    """A path that needs the key, and the statuses with which it refuses."""

    path: Absolute
    refused_with: Annotated[tuple[Status, ...], Meta(min_length=1)] = (401, 403)


class QueuePath(_Part, frozen=True):
    """Where it lists the requests that wait, and the keys of that answer."""

    path: Absolute
    items: Text
    wait_s: Text
    running: Text | None = None


class ModelsPath(_Part, frozen=True):
    """Where it lists its models; ``fallback_owner`` owns the entry that stands for no list."""

    path: Absolute
    fallback_owner: Text | None = None


class UptimePath(_Part, frozen=True):
    """Where it tells how long its main process has been running, and the key of that answer."""

    path: Absolute
    seconds: Text


class LoginCookies(_Part, frozen=True):
    """The cookies that carry a login, and their domain."""

    domain: Text
    cookies: Texts


class MainProcess(_Part, frozen=True):
    """How its main process is known, and the signal that asks it to end."""

    command: Texts
    not_command: tuple[Text, ...] = ()
    end_signal: Literal["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"] = "SIGTERM"


class SaveForm(_Part, frozen=True):
    """The members of a profile that its save writes."""

    members: Texts


class ReadableFiles(_Part, frozen=True):
    """The files that the image's user must be able to read, by the name of their path."""

    files: tuple[Literal["environment_file", "key_file", "startup_profile"], ...]


class ProcessSign(_Part, frozen=True):
    """A process that it cannot serve without, and what is so where it is missing.

    ``program`` are globs of the last part of the first word; ``command`` is text that the command
    line has; ``child_of_main`` is a child of the main process with the same command line.
    """

    name: Text
    verdict: Literal["browser gone", "stalled", "crash loop"]
    program: tuple[Text, ...] = ()
    command: tuple[Text, ...] = ()
    child_of_main: bool = False


class LogSign(_Part, frozen=True):
    """A line of the log with a known meaning: a verdict, or an event in its life."""

    meaning: Meaning
    contains: Texts
    source: str = ""

    @property
    def longest_text(self) -> str:
        """The text that is looked for first."""
        return max(self.contains, key=len)


class Application(_Part, frozen=True):
    """Everything that is known of one application."""

    name: Text
    image: ImageNames
    ports: ContainerPorts
    paths: ContainerPaths
    readiness: Readiness
    project: ProjectPaths = ProjectPaths()
    variables: VariableNames = msgspec.field(default_factory=VariableNames)
    key: GuardedPath | None = None
    queue: QueuePath | None = None
    models: ModelsPath | None = None
    uptime: UptimePath | None = None
    login: LoginCookies | None = None
    main_process: MainProcess | None = None
    save: SaveForm | None = None
    readable: ReadableFiles = ReadableFiles(())
    process: tuple[ProcessSign, ...] = ()
    log: tuple[LogSign, ...] = ()
    sources: Mapping[str, str] = msgspec.field(default_factory=dict)
