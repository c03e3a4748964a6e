"""Tells a launch at once of an instance that starts or runs, and is not well.

What its log says while it starts is told within seconds, and not once its whole time is over. One
that answers ready is looked at as `status` looks at it: they never say two things.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.errors import EngineError, InstanceFailed
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.host.cgroup_memory import oom_kills_of
from multi_instance_manager.host.container_processes import processes_by_container
from multi_instance_manager.http.response import Answer
from multi_instance_manager.probe.log_reading import log_story
from multi_instance_manager.probe.readiness import CrashLoop
from multi_instance_manager.probe.vital_signs import (
    AskedInstance,
    HttpSigns,
    http_signs,
    inner_signs,
)
from multi_instance_manager.proof.host_addresses import reachable_address
from multi_instance_manager.sessions.login_files import new_salt, read_login
from multi_instance_manager.sessions.login_state import LoginSign
from multi_instance_manager.vitals.diagnosis import diagnose, is_well
from multi_instance_manager.vitals.log_story import GOOD_STRETCH_S
from multi_instance_manager.vitals.sentences import advice_text, sentence
from multi_instance_manager.vitals.signs import Signs

if TYPE_CHECKING:
    from multi_instance_manager.engine.protocol.engine import ContainerStatus
    from multi_instance_manager.execute.context import ExecutionContext
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.vitals.diagnosis import Diagnosis

# What a start never comes out of by itself. Anything else that a log tells may still pass.
_HOPELESS = {Verdict.SIGNED_OUT, Verdict.CHALLENGED, Verdict.CRASH_LOOP}
_LOOPS = {Verdict.CRASH_LOOP: "is in a {}", Verdict.OUT_OF_MEMORY: "is in a crash loop, {}"}


_LOOK_EVERY_S = 1.0


class Unhealthy(InstanceFailed):
    """An instance is not well; ``verdict`` is the word for it."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict


class Examination:
    """Looks at the signs of one instance for as long as a launch is concerned with it."""

    def __init__(self, tools: ExecutionContext, spec: InstanceSpec, container_id: str) -> None:
        self._tools = tools
        self._spec = spec
        self._container_id = container_id

    def of_start(self, status: ContainerStatus) -> None:
        """Raise where the log says that the start comes to nothing."""
        application, now = self._tools.settings.application, time.time()
        story = log_story(self._tools.engine, self._container_id, status, application, now=now)
        killed = oom_kills_of(status.pid, self._container_id)
        signs = Signs(now, status, health=Answer(None), oom_kills=killed, log=story)
        found = diagnose(signs, application)
        if found.verdict in _HOPELESS or found.is_loop:
            self._raise(found)

    def of_ready(self, *, is_new: bool) -> Verdict:
        """The word for one that answers ready; raises where it is not well.

        One that is new is not asked anything.
        """
        found = self._found(is_new=is_new)
        # One that has just come out of a loop may be over it: whether it is shows within a minute.
        until = time.monotonic() + GOOD_STRETCH_S
        begun = _round_of(found)
        while begun is not None and _round_of(found) == begun:
            if time.monotonic() >= until or self._tools.stop.wait(_LOOK_EVERY_S):
                break
            found = self._found(is_new=is_new)
        if found is not None and not is_well(found.verdict):
            self._raise(found)
        return found.verdict if found else Verdict.READY

    def _found(self, *, is_new: bool) -> Diagnosis | None:
        """None where its readiness is known, and what else there is to know is not to be had."""
        try:
            signs = self._signs(time.time(), is_new=is_new)
        except EngineError:
            return None
        return diagnose(signs, self._tools.settings.application) if signs else None

    def _signs(self, now: float, *, is_new: bool) -> Signs | None:
        tools, name = self._tools, self._container_id
        application = tools.settings.application
        status = tools.engine.status(name)
        if status.state is not ContainerState.RUNNING:
            return None
        inner = inner_signs(
            tools.engine, {name: status}, application, processes_by_container([name])
        )[name]
        http, login = HttpSigns(Answer(application.readiness.status)), LoginSign()
        if not is_new:  # one that has just begun has judged its login itself, and says so
            http = http_signs([self._asked()], application)[name]
            login = self._login(now)
        return Signs(
            now,
            status,
            health=http.health,
            queue=http.queue,
            lacks_models=http.lacks_models,
            main_uptime_s=http.main_uptime_s,
            processes=inner.processes,
            oom_kills=inner.oom_kills,
            oom_at=inner.oom_at,
            log=inner.log,
            login=login,
        )

    def _login(self, now: float) -> LoginSign:
        copy = self._tools.layout.copy(self._spec.container_name, self._spec.profile_name)
        pool_file = self._tools.pool_files.get(self._spec.profile_name, copy)
        known = self._tools.settings.application.login
        return read_login(pool_file, copy, known, salt=new_salt()).sign(now)

    def _asked(self) -> AskedInstance:
        host = self._spec.host_ip
        url = self._spec.api_url.replace(host, reachable_address(host))
        return AskedInstance(self._container_id, url, self._tools.expectation(self._spec).key)

    def _raise(self, found: Diagnosis) -> None:
        told = sentence(found, self._tools.redact, now=None)  # records keep it for later commands
        if found.is_loop:
            raise CrashLoop(_LOOPS.get(found.verdict, "{}").format(told))
        step = "".join(f"; {advice_text(one, self._spec.profile_name)}" for one in found.advice[:1])
        raise Unhealthy(found.verdict, f"{told}{step}")


def _round_of(found: Diagnosis | None) -> float | None:
    """When the last round of a loop began; None where there is none."""
    return found.round_began_at if found else None
