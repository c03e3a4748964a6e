"""The signs of one instance's health at one time, as plain data. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.sessions.login_state import LoginSign
from multi_instance_manager.vitals.log_story import LogStory

if TYPE_CHECKING:
    from multi_instance_manager.application.process_table import Process
    from multi_instance_manager.engine.protocol.engine import ContainerStatus
    from multi_instance_manager.http.response import Answer
    from multi_instance_manager.vitals.api_answers import Queue


class Trial(msgspec.Struct, frozen=True):
    """A real question that it was asked: the path, what came back, and after how many seconds.

    ``began_at`` is when it was asked, in seconds since the epoch.
    """

    path: str
    answer: Answer
    is_answered: bool
    seconds: float
    began_at: float


class Intent(msgspec.Struct, frozen=True):
    """The wish for an instance. Each text is a reason in words, or empty.

    ``quarantine``: why the manager stopped it; ``refusal``: why its profile cannot be used.
    """

    is_disabled: bool = False
    quarantine: str = ""
    refusal: str = ""


class Signs(msgspec.Struct, frozen=True):
    """The signs of one instance; None means unknown.

    ``status`` is None without a container (``is_missing``), and if the engine could not report it
    (``fault`` has its words). ``is_in_reach``: its API can be asked from here. ``health`` is the
    answer of the readiness path, ``trial`` that of a real question, if one was asked,
    ``main_uptime_s`` the main process's own word. ``oom_kills`` is the kernel's count since the
    container's start, ``oom_at`` the last kill that the engine remembers. Times are in seconds
    since the epoch.
    """

    now: float
    status: ContainerStatus | None = None
    is_missing: bool = False
    fault: str = ""
    is_in_reach: bool = True
    health: Answer | None = None
    queue: Queue | None = None
    lacks_models: bool | None = None
    main_uptime_s: float | None = None
    processes: tuple[Process, ...] | None = None
    oom_kills: int | None = None
    oom_at: float | None = None
    log: LogStory = LogStory()
    login: LoginSign = LoginSign()
    trial: Trial | None = None
    intent: Intent = Intent()
