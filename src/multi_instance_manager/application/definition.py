"""The shape of an application's facts; the facts are in a definition file. Pure.

A missing fact means that the application does not have it: no stream, no key, no list of models.
Nothing in the manager then expects it.
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
    """A table of the definition; unknown keys are errors."""


class ImageNames(_Part, frozen=True):
    """Names of the application's image: the default, and the one of a Compose build."""

    default: Text
    compose: Text | None = None


class ProjectPaths(_Part, frozen=True):
    """Paths in the application's repository, from the project root.

    ``tree`` is mounted as a whole, with an instance's own folders over parts of it; None: the
    container sees only its own parts of the repository.
    """

    pool: Below
    tree: Below | None = None
    environment_file: Below | None = None

    @property
    def mark(self) -> str:
        """Return the folder that marks a project root."""
        return self.tree or self.pool


class ContainerPorts(_Part, frozen=True):
    """Ports in the container; ``stream`` is None if there is none."""

    api: Port
    stream: Port | None = None

    @property
    def each(self) -> tuple[int, ...]:
        """Return the existing ports: API, then stream."""
        return (self.api,) if self.stream is None else (self.api, self.stream)


class ContainerPaths(_Part, frozen=True):
    """Paths in the container: a tree, and paths in it."""

    tree: Absolute
    active: Name
    saved: Name
    emergency: Name | None = None
    key_file: Name | None = None
    environment_file: Absolute | None = None

    def below(self, name: str) -> str:
        """Return the path of a name below the tree."""
        return f"{self.tree}/{name}"

    @property
    def active_dir(self) -> str:
        """Return the folder whose first profile the application starts on."""
        return self.below(self.active)

    @property
    def saved_dir(self) -> str:
        """Return the folder of the pool."""
        return self.below(self.saved)

    @property
    def emergency_dir(self) -> str | None:
        """Return the folder of further profiles, if there is one."""
        return self.below(self.emergency) if self.emergency else None

    @property
    def key_path(self) -> str | None:
        """Return the file of the keys, if there is one."""
        return self.below(self.key_file) if self.key_file else None

    def key_file_in(self, tree: str) -> str:
        """The same in the tree as the host has it."""
        return f"{tree}/{self.key_file}"

    @property
    def folders(self) -> tuple[str, ...]:
        """Return the names of all profile folders below the tree."""
        return tuple(name for name in (self.active, self.saved, self.emergency) if name)


class VariableNames(_Part, frozen=True):
    """Environment variables by their purpose; ``without_rotation`` has names and values."""

    startup_profile: VariableName | None = None
    api_key: VariableName | None = None
    log_level: VariableName | None = None
    rotate_at_start: VariableName | None = None
    rotate_while_running: VariableName | None = None
    without_rotation: Mapping[VariableName, str] = msgspec.field(default_factory=dict)


class Readiness(_Part, frozen=True):
    """The path that reports readiness, and the HTTP status of a ready instance."""

    path: UrlPath
    status: Status = 200


class GuardedPath(_Part, frozen=True):
    """A path that requires the key, and the statuses that refuse a request."""

    path: UrlPath
    refused_with: Statuses = (401, 403)


class QueuePath(_Part, frozen=True):
    """The path that lists waiting requests, and the keys of its answer."""

    path: UrlPath
    items: Text
    wait_s: Text
    running: Text | None = None


class ModelsPath(_Part, frozen=True):
    """The path that lists models; ``fallback_owner`` owns the entry that means no list."""

    path: UrlPath
    fallback_owner: Text | None = None


class UptimePath(_Part, frozen=True):
    """The path that tells the uptime of the main process, and the key of its answer."""

    path: UrlPath
    seconds: Text


class RealQuestion(_Part, frozen=True):
    """A request that makes it use its login: a POST of ``body``, with the key.

    ``within_s`` limits the time of its answer, in seconds, if that
    is known. It is sent only on request.
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
    """How to recognise the main process, and the signal that asks it to end."""

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
    """A process that it needs to serve, and the verdict if it is missing.

    ``program`` are globs of the last part of the first word; ``command`` is text in the command
    line; ``child_of_main`` is a child of the main process with the same command line.
    """

    name: Text
    verdict: Literal["browser gone", "stalled", "crash loop"]
    program: SomeTexts = ()
    command: SomeTexts = ()
    child_of_main: bool = False


class LogSign(_Part, frozen=True):
    """A log line with a known meaning: a verdict, or an event of the instance.

    ``ends``: the meanings that a `RECOVERED` line clears; all of them if it names none.
    """

    meaning: Meaning
    contains: Texts
    ends: tuple[Meaning, ...] = ()
    source: str = ""

    @property
    def longest_text(self) -> str:
        """Return the text to search first."""
        return max(self.contains, key=len)


class Application(_Part, frozen=True):
    """All facts of one application."""

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
        """Whether the manager can give it an API key at all."""
        return self.paths.key_file is not None or self.variables.api_key is not None
