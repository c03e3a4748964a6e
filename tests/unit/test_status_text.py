"""What people read of the state: columns by width, notes, orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.cli.status import command
from multi_instance_manager.commands.look.status_order import ORDERS, in_order
from multi_instance_manager.render.status import closing_line, status_lines, status_sheet
from multi_instance_manager.render.tables import width_of
from multi_instance_manager.reports.diagnosis import SeenSign
from multi_instance_manager.reports.finding import FoundProblem
from multi_instance_manager.reports.session import SessionReport
from multi_instance_manager.reports.status import (
    AsideReport,
    ContainerReport,
    MemberStatus,
    StatusReport,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CONTAINER = ContainerReport(
    id="c0ffee",
    state="running",
    exit_code=None,
    oom_killed=False,
    error="",
    started_at=NOW - timedelta(hours=3),
    finished_at=None,
    uptime_s=10800,
    restarts=0,
    memory_bytes=112 * 1024**2,
    memory_limit_bytes=2 * 1024**3,
    image="proxy:2",
    image_id="sha256:aa",
    image_is_outdated=False,
)
SESSION = SessionReport(
    refreshed_at=NOW - timedelta(minutes=5),
    is_saved=True,
    state="valid",
    cookies=3,
    login_expires_at=NOW + timedelta(days=90),
    first_cookie_expires_at=NOW,
    last_cookie_expires_at=NOW,
)
MEMBER = MemberStatus(
    profile="user-a",
    container_name="ai-proxy-user-a",
    is_orphan=False,
    is_enabled=True,
    condition=Verdict.READY,
    evidence=(),
    advice=(),
    is_well=True,
    health="answers 200",
    reason=None,
    api_url="http://127.0.0.1:2048",
    api_port=2048,
    stream_port=3120,
    container=CONTAINER,
    aside=None,
    session=SESSION,
    pending="keep",
    causes=("unchanged",),
    changes=(),
)


def sign(name: str) -> SeenSign:
    return SeenSign(sign=name, seen="something", at=None)


def member(profile: str = "user-a", **changes: Any) -> MemberStatus:
    return replace(MEMBER, profile=profile, **changes)


def report_of(*members: MemberStatus, findings: tuple[FoundProblem, ...] = ()) -> StatusReport:
    return StatusReport(
        taken_at=NOW,
        project_root="/srv/application",
        fleet="ai-proxy",
        instances=members,
        unwell=sum(1 for one in members if not one.is_well),
        findings=findings,
    )


def row(one: MemberStatus) -> dict[str, str]:
    sheet = status_sheet(report_of(one), wide=True, columns=None)
    return dict(zip(sheet.columns, sheet.rows[0], strict=True))


def test_a_row_tells_everything_in_a_few_letters() -> None:
    assert row(MEMBER) == {
        "PROFILE": "user-a",
        "CONTAINER": "ai-proxy-user-a",
        "STATE": "ready",
        "API URL": "http://127.0.0.1:2048",
        "STREAM": "3120",
        "UPTIME": "3h",
        "RESTARTS": "0",
        "MEMORY": "112 MB of 2.0 GB",
        "REFRESHED": "5m ago",
        "EXPIRES": "in 90d",
        "IMAGE": "proxy:2",
        "CHANGES": "-",
    }


def test_what_is_not_known_is_a_dash() -> None:
    missing = member(
        condition=Verdict.MISSING, container=None, session=None, api_url=None, stream_port=None
    )

    assert set(row(missing).values()) == {"user-a", "ai-proxy-user-a", "missing", "-"}


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        (
            {
                "condition": Verdict.NOT_READY,
                "health": "answers 503",
                "evidence": (sign("health"),),
            },
            "not ready (503)",
        ),
        (
            {
                "condition": Verdict.NOT_READY,
                "health": "refuses connections",
                "evidence": (sign("health"), sign("log")),
            },
            "not ready (refuses connections)",
        ),
        (
            {
                "condition": Verdict.NOT_READY,
                "health": "answers 200",
                "evidence": (sign("models"),),
            },
            "not ready",
        ),
        ({"condition": Verdict.STOPPED, "exit_code": 137}, "stopped (exit 137)"),
        ({"condition": Verdict.STOPPED_BY_HAND, "exit_code": 0}, "stopped by hand (exit 0)"),
        ({"condition": Verdict.OUT_OF_MEMORY, "exit_code": 137}, "out of memory (exit 137)"),
        ({"condition": Verdict.SIGNED_OUT}, "signed out"),
        ({"is_orphan": True}, "orphan, ready"),
    ],
)
def test_the_state_has_the_fact_that_tells_most_beside_it(
    changes: dict[str, Any], state: str
) -> None:
    own = {key: changes.pop(key) for key in ("exit_code",) if key in changes}
    container = replace(CONTAINER, finished_at=NOW if own else None, **own)

    assert row(member(container=container, **changes))["STATE"] == state


def test_a_login_that_has_ended_says_so() -> None:
    assert row(member(session=replace(SESSION, state="expired")))["EXPIRES"] == "expired"
    assert row(member(session=replace(SESSION, state="gone")))["EXPIRES"] == "gone"


def test_a_verdict_that_needs_words_has_its_evidence_and_what_to_do_below_the_table() -> None:
    seen = SeenSign(sign="log", seen="redirected to log in", at=NOW - timedelta(minutes=3))
    gone = SeenSign(sign="processes", seen="the browser does not run", at=None)
    ill = member(condition=Verdict.SIGNED_OUT, evidence=(seen, gone), advice=("log in", "wait"))

    assert status_lines(report_of(ill))[0] == (
        "user-a: signed out: redirected to log in (2026-01-02 03:01:05 UTC, 3m ago); "
        "the browser does not run; log in"
    )


@given(st.integers(20, 250), st.text(min_size=1, max_size=30))
def test_a_table_fits_its_terminal_unless_even_the_least_does_not(width: int, name: str) -> None:
    sheet = status_sheet(report_of(member(name), MEMBER), wide=False, columns=width)

    assert sheet.columns[:2] == ("PROFILE", "STATE")
    ascii_alone = all(cell.isascii() for row in sheet.rows for cell in row)
    assert not ascii_alone or len(sheet.columns) == 2 or width_of(sheet) <= width


def test_a_usual_terminal_shows_all_that_a_person_looks_for() -> None:
    sheet = status_sheet(report_of(MEMBER), wide=False, columns=120)

    assert set(sheet.columns) >= {"PROFILE", "STATE", "API URL", "UPTIME", "MEMORY", "EXPIRES"}


def test_notes_name_subject_fact_and_next_step() -> None:
    aside = AsideReport(name="ai-proxy-c.previous", id="b", state="exited")
    found = report_of(
        member("a", changes=("variable SERVER_LOG_LEVEL changed",)),
        member("b", condition=Verdict.QUARANTINED, is_well=False, reason="crashed 3 times"),
        member("c", aside=aside),
        member("d", is_orphan=True, container_name="ai-proxy-d", causes=("profile is gone",)),
        member("e", condition=Verdict.UNUSABLE, is_well=False, reason="is empty; save it"),
        member("f", condition=Verdict.DISABLED, is_enabled=False),
        member("g", container=replace(CONTAINER, image_is_outdated=True)),
    )

    assert status_lines(found) == [
        "a: `up` would replace it: variable SERVER_LOG_LEVEL changed",
        "b: quarantined: crashed 3 times; `up --retry` tries it again",
        "c: its container from before is set aside as ai-proxy-c.previous; `up` sorts it out",
        "d: orphan ai-proxy-d: profile is gone; `up --remove-orphans` removes it",
        "e: its profile cannot be used: is empty; save it",
        "f: disabled in the configuration file",
        "g: its image is older than proxy:2 is by now",
        "3 of 6 ready, 1 orphan",
    ]


def test_what_would_keep_up_from_launching_is_told_and_warnings_are_not() -> None:
    problem = FoundProblem(
        severity="error", code="image", subject="image x", fact="does not exist", next_step="build"
    )
    found = report_of(MEMBER, findings=(problem, replace(problem, severity="warning")))

    assert status_lines(found) == [
        "`up` would be refused: image x: does not exist; build",
        "1 of 1 ready",
    ]


def test_names_and_notes_cannot_act_on_the_terminal() -> None:
    evil = member("a\x1b[2J", reason="\x07", condition=Verdict.UNKNOWN)
    told = "\n".join([*status_lines(report_of(evil)), *row(evil).values()])

    assert "\x1b" not in told
    assert "\x07" not in told


def test_when_none_is_unwell_the_list_of_the_unwell_says_all_well() -> None:
    assert closing_line(report_of()) == "all well"


@pytest.mark.parametrize(
    ("sort_by", "order"),
    [
        ("profile", "abc"),
        ("state", "bca"),
        ("memory", "cab"),
        ("uptime", "cab"),
        ("restarts", "bac"),
        ("refreshed", "bac"),
        ("expiry", "cab"),
    ],
)
def test_each_order_has_first_what_a_person_looks_for(sort_by: str, order: str) -> None:
    def session(refreshed: int, expires: int) -> SessionReport:
        return replace(
            SESSION,
            refreshed_at=NOW - timedelta(hours=refreshed),
            login_expires_at=NOW + timedelta(days=expires),
        )

    members = [
        member(
            "c",
            container=replace(CONTAINER, memory_bytes=9, uptime_s=9),
            session=session(1, 1),
            condition=Verdict.STOPPED,
            is_well=False,
        ),
        member(
            "b",
            container=replace(CONTAINER, memory_bytes=1, restarts=5, uptime_s=1),
            session=session(9, 9),
            condition=Verdict.NOT_READY,
            is_well=False,
        ),
        member(
            "a",
            container=replace(CONTAINER, memory_bytes=5, restarts=1, uptime_s=5),
            session=session(5, 5),
        ),
    ]

    assert "".join(one.profile for one in in_order(members, sort_by)) == order


@pytest.mark.parametrize("sort_by", ["memory", "uptime", "refreshed", "expiry"])
def test_what_has_no_value_to_be_sorted_by_comes_last(sort_by: str) -> None:
    bare = member("a", container=None, session=None)

    assert in_order([bare, member("b")], sort_by)[-1] is bare


def test_the_command_line_knows_every_order() -> None:
    (choice,) = [option.type for option in command.params if option.name == "sort_by"]

    assert isinstance(choice, click.Choice)
    assert list(choice.choices) == list(ORDERS)


def test_orphans_come_after_the_profiles() -> None:
    found = in_order([member("a", is_orphan=True), member("b")], "profile")

    assert [one.profile for one in found] == ["b", "a"]
