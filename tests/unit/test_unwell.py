"""What a launch says of an instance that is not well."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.engine.protocol.engine import ContainerStatus
from multi_instance_manager.execute import unhealthy
from multi_instance_manager.execute.unhealthy import Examination
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.probe.readiness import CrashLoop
from multi_instance_manager.vitals.diagnosis import Diagnosis, Evidence
from unit.builders import spec_of
from unit.world import Builder


def test_the_reason_of_a_quarantine_has_no_age_since_it_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = 1_700_000_000.0
    seen = Evidence("log", "began 4 times", at)
    loop = Diagnosis(Verdict.CRASH_LOOP, (seen,), round_began_at=at)
    monkeypatch.setattr(unhealthy, "diagnose", lambda *_: loop)
    monkeypatch.setattr(unhealthy, "log_story", Mock())
    examination = Examination(Mock(redact=str), spec_of("user-a"), "c1")

    with pytest.raises(CrashLoop) as raised:
        examination.of_start(Mock(spec=ContainerStatus, state=ContainerState.RUNNING))

    assert str(raised.value) == ("is in a crash loop: began 4 times (2023-11-14 22:13:20 UTC)")


def test_a_loop_for_want_of_memory_is_one_that_is_stopped_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed = Evidence("memory", "the kernel has killed a process of it")
    loop = Diagnosis(Verdict.OUT_OF_MEMORY, (killed,), round_began_at=1_700_000_000.0)
    monkeypatch.setattr(unhealthy, "diagnose", lambda *_: loop)
    monkeypatch.setattr(unhealthy, "log_story", Mock())
    examination = Examination(Mock(redact=str), spec_of("user-a"), "c1")

    with pytest.raises(CrashLoop, match=r"is in a crash loop, out of memory: the kernel"):
        examination.of_start(Mock(spec=ContainerStatus, state=ContainerState.RUNNING))


def test_one_that_serves_a_request_is_ready_and_its_condition_is_busy(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = build()
    world.launch()
    monkeypatch.setattr(unhealthy, "diagnose", lambda *_: Diagnosis(Verdict.BUSY))

    outcome = world.outcome()

    assert outcome is not None
    assert (outcome.state.value, outcome.verdict) == ("ready", Verdict.BUSY)
