"""From what was read of a member to the words of the report."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.application.verdict import Meaning, Verdict
from multi_instance_manager.commands.look.instance_status import Seen, member_status
from multi_instance_manager.commands.look.readings import InstanceReading
from multi_instance_manager.commands.survey.addresses import address_of
from multi_instance_manager.commands.survey.members import Member
from multi_instance_manager.engine.protocol.engine import ContainerStatus
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.http.response import Answer
from multi_instance_manager.plan.causes import UNCHANGED, Cause, CauseCode
from multi_instance_manager.plan.plan import Operation, OperationKind
from multi_instance_manager.probe.vital_signs import HttpSigns, InnerSigns
from multi_instance_manager.sessions.login import Login
from multi_instance_manager.sessions.login_facts import SessionFacts
from multi_instance_manager.sessions.profile import Profile
from multi_instance_manager.vitals.log_marks import LogMark
from multi_instance_manager.vitals.log_story import LogStory
from unit.builders import IMAGE, NEXT_IMAGE, ROOT, container_of, some_settings, spec_of

READY, BUSY, DEAF = Answer(200), Answer(503), Answer(None, "refuses connections")
IS_GONE = Cause(CauseCode.PROFILE_GONE)
NOW = 10_000.0


def reading_of(
    state: ContainerState = ContainerState.RUNNING, health: Answer | None = READY, **status: Any
) -> InstanceReading:
    known = ContainerStatus(state, 0, False, 2, started_at=NOW - 90, image_name=IMAGE.name)
    return InstanceReading("id", replace(known, **status), 4096, HttpSigns(health))


def seen_of(reading: InstanceReading | None = None, **changes: Any) -> Seen:
    spec = spec_of()
    operation = Operation(
        OperationKind.KEEP, "user-a", spec.container_name, (UNCHANGED,), spec=spec
    )
    member = Member(
        profile_name="user-a",
        container_name=spec.container_name,
        profile=Profile("user-a", ROOT / "user-a.json", "d"),
        spec=spec,
        container=container_of(spec),
        operation=changes.pop("operation", operation),
    )
    member = replace(member, **changes.pop("member", {}))
    seen = Seen(
        member=member,
        reading=reading or reading_of(),
        address=address_of(member, "127.0.0.1"),
        login=Login(NOW - 60, facts=SessionFacts(3, 1, NOW + 100, NOW + 50, NOW + 900)),
        refusal=None,
        is_in_reach=True,
        is_enabled=True,
        images={IMAGE.name: IMAGE},
        now=NOW,
        quarantine="",
        application=builtin_application(),
        redact=lambda text: text.replace("secret", "***"),
    )
    return replace(seen, **changes)


@pytest.mark.parametrize(
    ("reading", "condition", "is_well"),
    [
        (reading_of(), Verdict.READY, True),
        (reading_of(health=BUSY), Verdict.NOT_READY, False),
        (reading_of(health=DEAF), Verdict.NOT_READY, False),
        (reading_of(health=None), Verdict.NOT_READY, False),
        (reading_of(ContainerState.PAUSED), Verdict.PAUSED, False),
        (reading_of(ContainerState.RESTARTING, None), Verdict.CRASH_LOOP, False),
        (reading_of(ContainerState.EXITED, None), Verdict.STOPPED, False),
        (reading_of(ContainerState.CREATED, None), Verdict.STOPPED, False),
        (reading_of(ContainerState.DEAD, None), Verdict.STOPPED, False),
        (reading_of(ContainerState.UNKNOWN, None), Verdict.UNKNOWN, False),
        (InstanceReading("id", is_gone=True), Verdict.MISSING, False),
        (InstanceReading("id", fault="the engine answered 500"), Verdict.UNKNOWN, False),
    ],
)
def test_each_reading_has_a_word_and_only_ready_is_well(
    reading: InstanceReading, condition: Verdict, is_well: bool
) -> None:
    found = member_status(seen_of(reading))

    assert (found.condition, found.is_well) == (condition, is_well)


def test_a_profile_without_a_container_is_missing_and_has_the_address_that_it_would_have() -> None:
    found = member_status(seen_of(InstanceReading(), member={"container": None}))

    assert (found.condition, found.container) == (Verdict.MISSING, None)
    assert found.api_url == "http://127.0.0.1:2048"


def test_a_disabled_profile_is_well_unless_it_still_runs() -> None:
    away = member_status(seen_of(InstanceReading(), member={"container": None}, is_enabled=False))
    stopped = member_status(seen_of(reading_of(ContainerState.EXITED, None), is_enabled=False))
    running = member_status(seen_of(is_enabled=False))

    assert (away.condition, away.is_well) == (Verdict.DISABLED, True)
    assert (stopped.condition, stopped.is_well) == (Verdict.DISABLED, True)
    assert (running.condition, running.is_well) == (Verdict.READY, True)


def test_a_quarantined_instance_says_why() -> None:
    ended = reading_of(ContainerState.EXITED, None)

    found = member_status(seen_of(ended, quarantine="crashed 3 times in a row"))

    assert (found.condition, found.reason) == (Verdict.QUARANTINED, "crashed 3 times in a row")


def test_an_orphan_is_told_and_never_unwell() -> None:
    stray = Operation(OperationKind.ORPHAN, "user-a", "ai-proxy-user-a", (IS_GONE,))
    gone = {"profile": None, "spec": None}
    stopped = reading_of(ContainerState.EXITED, None)

    found = member_status(seen_of(stopped, operation=stray, member=gone, login=None))

    assert (found.is_orphan, found.is_well, found.condition) == (True, True, Verdict.STOPPED)
    assert found.session is None
    assert (found.api_url, found.stream_port) == ("http://127.0.0.1:2048", 3120)


def test_a_profile_that_cannot_be_used_says_why_and_its_instance_is_no_orphan() -> None:
    refused = {"profile": None, "spec": None, "is_refused": True}
    found = member_status(seen_of(member=refused, refusal="is empty", login=None))
    alone = member_status(
        seen_of(
            InstanceReading(), member={**refused, "container": None}, refusal="is empty", login=None
        )
    )

    assert (found.is_orphan, found.condition, found.reason) == (False, Verdict.READY, "is empty")
    assert (alone.condition, alone.is_well) == (Verdict.UNUSABLE, False)


def test_what_up_would_change_is_told_in_its_own_words() -> None:
    spec = spec_of()
    causes = (Cause(CauseCode.PART_CHANGED, ("variable SERVER_LOG_LEVEL",)),)
    words = ("variable SERVER_LOG_LEVEL changed",)
    found = member_status(
        seen_of(operation=Operation(OperationKind.REPLACE, "user-a", spec.container_name, causes))
    )

    assert (found.pending, found.causes, found.changes) == ("replace", words, words)


def test_an_image_is_outdated_once_its_name_means_another_one() -> None:
    def outdated(present: object) -> bool | None:
        container = member_status(seen_of(images={IMAGE.name: present})).container
        assert container is not None
        assert (container.image, container.image_id) == (IMAGE.name, IMAGE.image_id)
        return container.image_is_outdated

    assert (outdated(IMAGE), outdated(NEXT_IMAGE), outdated(None)) == (False, True, None)


def test_facts_of_the_last_run_are_told_only_once_it_is_over() -> None:
    up = member_status(seen_of()).container
    down = member_status(
        seen_of(
            reading_of(
                ContainerState.EXITED, None, exit_code=137, oom_killed=True, finished_at=NOW - 5
            )
        )
    ).container

    assert up is not None
    assert (up.uptime_s, up.exit_code, up.finished_at, up.restarts) == (90, None, None, 2)
    assert down is not None
    assert (down.uptime_s, down.exit_code, down.oom_killed) == (None, 137, True)
    assert down.finished_at is not None


def test_a_login_is_told_by_its_dates_alone() -> None:
    session = member_status(seen_of()).session

    assert session is not None
    assert session.cookies == 3
    assert session.login_expires_at is not None
    assert session.login_expires_at.timestamp() == NOW + 100


def test_the_address_is_where_the_container_is_published_not_where_it_would_be_by_now() -> None:
    before = spec_of(settings=some_settings(host_ip="0.0.0.0"))
    seen = seen_of(member={"container": container_of(before), "spec": spec_of()})

    assert member_status(seen).api_url == "http://127.0.0.1:2048"


def test_an_address_of_the_sixth_version_is_written_in_brackets() -> None:
    spec = spec_of(settings=some_settings(host_ip="::1"))
    seen = seen_of(member={"container": container_of(spec), "spec": spec})

    assert member_status(seen).api_url == "http://[::1]:2048"


def test_the_words_of_a_container_are_shown_without_secrets_and_with_what_to_do() -> None:
    mark = LogMark(Meaning.SIGNED_OUT, NOW - 60, "a secret redirect")
    reading = replace(reading_of(), inner=InnerSigns(log=LogStory(telling=mark)))

    found = member_status(seen_of(reading))

    assert (found.condition, found.is_well) == (Verdict.SIGNED_OUT, False)
    assert found.evidence[0].seen == "a *** redirect"
    assert found.evidence[0].at is not None
    assert "log in again" in found.advice[0]


def test_a_login_that_its_instance_has_lost_is_signed_out_although_it_says_ready() -> None:
    had = SessionFacts(3, 2)
    lost = Login(NOW - 60, is_saved=False, facts=SessionFacts(1), before=had)

    found = member_status(seen_of(login=lost))

    assert (found.condition, found.health) == (Verdict.SIGNED_OUT, "answers 200")
    assert found.session is not None
    assert found.session.state == "gone"
