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

Port = Annotated[int, Meta(ge=1, le=65535, description="a port, a whole number from 1 to 65535")]
Text = Annotated[str, Meta(min_length=1, description="text that is not empty, in quotes")]
Absolute = Annotated[
    str, Meta(pattern=r"^/[^\0]*[^/\0]$", description='a path in the container, such as "/app/x"')
]
UrlPath = Annotated[str, Meta(pattern=r"^/[!-~]*$", description='a path of its API, such as "/x"')]
Name = Annotated[
    str, Meta(pattern=r"^(?!\.{1,2}$)[^/\0]+$", description="one name without a slash, in quotes")
]
Below = Annotated[
    str,
    Meta(pattern=r"^[^/\0][^\0]*$", description="a path from the project root down, in quotes"),
]
VariableName = Annotated[
    str, Meta(pattern=r"^[^=\s\0]+$", description="the name of a variable, in quotes")
]
Status = Annotated[int, Meta(ge=100, le=599, description="an HTTP status, such as 200")]
Statuses = Annotated[
    tuple[Status, ...], Meta(min_length=1, description="a list of HTTP statuses, such as [401]")
]
Texts = Annotated[
    tuple[Text, ...], Meta(min_length=1, description='a list of texts, such as ["a", "b"]')
]
SomeTexts = Annotated[tuple[Text, ...], Meta(description='a list of texts, such as ["a", "b"]')]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the definition; a key that it does not know is a mistake."""


class ImageNames(_Part, frozen=True):
    """Names of the application's image: where none is asked for, and what Compose makes of it."""

    default: Text
    compose: Text | None = None


class ProjectPaths(_Part, frozen=True):
    """Where things lie in the application's repository, from the project root.

    ``tree`` is mounted as a whole, with an instance's own folders over parts of it; None: the
    container sees nothing of the repository but what is its own.
    """

    pool: Below
    tree: Below | None = None
    environment_file: Below | None = None

    @property
    def mark(self) -> str:
        """The folder by which a project root is known."""
        return self.tree or self.pool


class ContainerPorts(_Part, frozen=True):
    """Ports in the container; ``stream`` is None where there is none."""

    api: Port
    stream: Port | None = None

    @property
    def each(self) -> tuple[int, ...]:
        """Those that there are: API, then stream."""
        return (self.api,) if self.stream is None else (self.api, self.stream)


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

    def key_file_in(self, tree: str) -> str:
        """The same in the tree as the host has it."""
        return f"{tree}/{self.key_file}"

    @property
    def folders(self) -> tuple[str, ...]:
        """The names of all folders of profiles, as they lie below the tree."""
        return tuple(name for name in (self.active, self.saved, self.emergency) if name)


class VariableNames(_Part, frozen=True):
    """Environment variables by what they say; ``without_rotation`` has names and values."""

    startup_profile: VariableName | None = None
    api_key: VariableName | None = None
    log_level: VariableName | None = None
    rotate_at_start: VariableName | None = None
    rotate_while_running: VariableName | None = None
    without_rotation: Mapping[VariableName, str] = msgspec.field(default_factory=dict)


class Readiness(_Part, frozen=True):
    """Where it says that it serves, and with which HTTP status."""

    path: UrlPath
    status: Status = 200


class GuardedPath(_Part, frozen=True):
    """A path that needs the key, and the statuses with which it refuses."""

    path: UrlPath
    refused_with: Statuses = (401, 403)


class QueuePath(_Part, frozen=True):
    """Where it lists the requests that wait, and the keys of that answer."""

    path: UrlPath
    items: Text
    wait_s: Text
    running: Text | None = None


class ModelsPath(_Part, frozen=True):
    """Where it lists its models; ``fallback_owner`` owns the entry that stands for no list."""

    path: UrlPath
    fallback_owner: Text | None = None


class UptimePath(_Part, frozen=True):
    """Where it tells how long its main process has been running, and the key of that answer."""

    path: UrlPath
    seconds: Text


class RealQuestion(_Part, frozen=True):
    """A request that makes it use its login: a POST of ``body``, with the key.

    ``within_s``: how long its answer may take, in seconds, where
    that is known. It is sent only where a person asks for
    that.
    """

    path: UrlPath
    body: Text
    answered_with: Statuses = (200,)
    within_s: (
        Annotated[
            float, Meta(gt=0, le=3600, description="seconds, a number above 0 and up to 3600")
        ]
        | None
    ) = None


class LoginCookies(_Part, frozen=True):
    """The cookies that carry a login, and their domain."""

    domain: Text
    cookies: Texts


class MainProcess(_Part, frozen=True):
    """How its main process is known, and the signal that asks it to end."""

    command: Texts
    not_command: SomeTexts = ()
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
    program: SomeTexts = ()
    command: SomeTexts = ()
    child_of_main: bool = False


class LogSign(_Part, frozen=True):
    """A line of the log with a known meaning: a verdict, or an event in its life.

    ``ends``: the meanings that a `RECOVERED` line takes back; all of them where it names none.
    """

    meaning: Meaning
    contains: Texts
    ends: tuple[Meaning, ...] = ()
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
    project: ProjectPaths
    variables: VariableNames = msgspec.field(default_factory=VariableNames)
    key: GuardedPath | None = None
    queue: QueuePath | None = None
    models: ModelsPath | None = None
    uptime: UptimePath | None = None
    question: RealQuestion | None = None
    login: LoginCookies | None = None
    main_process: MainProcess | None = None
    save: SaveForm | None = None
    readable: ReadableFiles = ReadableFiles(())
    process: tuple[ProcessSign, ...] = ()
    log: tuple[LogSign, ...] = ()
    sources: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def takes_key(self) -> bool:
        """Whether the manager can tell it an API key at all."""
        return self.paths.key_file is not None or self.variables.api_key is not None
