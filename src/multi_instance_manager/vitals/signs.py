"""The facts of one instance's health, as of one moment: gathered before, plain data. Pure."""

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
    """What is wanted of it. Each text is a reason in words, and empty where that is not so.

    ``quarantine``: why the manager has stopped it; ``refusal``: why its profile cannot be used.
    """

    is_disabled: bool = False
    quarantine: str = ""
    refusal: str = ""


class Signs(msgspec.Struct, frozen=True):
    """One instance, as far as it could be looked at; what is None is not known.

    ``status`` is None without a container (``is_missing``), and where the engine could not say
    (``fault`` has its words). ``is_in_reach``: its API can be asked from here. ``health`` is what
    the readiness path answered, ``trial`` what a real question was answered, where
    one was asked, ``main_uptime_s`` what the main process says of itself. ``oom_kills`` is the
    kernel's count since the container's start, ``oom_at`` the last of them by the engine's memory.
    Moments are in seconds since the epoch.
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
