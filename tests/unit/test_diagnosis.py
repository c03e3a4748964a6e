"""The one notion of health: each verdict from the signs that give it, and which of two stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.application.process_table import Process
from multi_instance_manager.application.verdict import Meaning, Verdict
from multi_instance_manager.engine.protocol.engine import ContainerStatus
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.http.response import Answer
from multi_instance_manager.sessions.login_state import LoginSign, LoginState
from multi_instance_manager.vitals.api_answers import Queue
from multi_instance_manager.vitals.diagnosis import diagnose, is_well
from multi_instance_manager.vitals.log_marks import LogMark
from multi_instance_manager.vitals.log_story import LogStory
from multi_instance_manager.vitals.sentences import advice_text, sentence
from multi_instance_manager.vitals.signs import Intent, Signs, Trial

APPLICATION = builtin_application()
NOW = 1_800_000_000.0
STARTED = NOW - 3600
READY, DEAF = Answer(200), Answer(None, "closes the connection")
RUNNING, EXITED = ContainerState.RUNNING, ContainerState.EXITED
MAIN = Process(9, 1, ("python", "launch_camoufox.py", "--headless"), STARTED + 1)
CHILD = Process(97, 9, MAIN.command, STARTED + 5)
INNER = Process(10, 9, ("python", "launch_camoufox.py", "--internal-launch-mode"), STARTED + 2)
BROWSER = Process(24, 13, ("/usr/lib/camoufox-bin", "--headless"), STARTED + 4)
DRIVER = Process(108, 9, ("/driver/node", "/driver/cli.js", "run-driver"), STARTED + 5)
WHOLE = (Process(1, 0, ("supervisord",), STARTED), MAIN, CHILD, INNER, BROWSER, DRIVER)


def status(state: ContainerState = RUNNING, **more: Any) -> ContainerStatus:
    known = ContainerStatus(
        state, 0, oom_killed=False, restart_count=0, started_at=STARTED, restarts_by_itself=True
    )
    return replace(known, **more)


def signs(**more: Any) -> Signs:
    """An instance that nothing is wrong with, but for what is said here."""
    known = Signs(
        NOW,
        status(),
        health=READY,
        queue=Queue(0, 0.0, is_running=False),
        lacks_models=False,
        main_uptime_s=NOW - STARTED - 1,
        processes=WHOLE,
        oom_kills=0,
        login=LoginSign(LoginState.VALID, NOW - 60, NOW + 1e6),
    )
    return replace(known, **more)


def without(*gone: Process) -> tuple[Process, ...]:
    return tuple(one for one in WHOLE if one not in gone)


def line(meaning: Meaning, ago_s: float = 180.0) -> LogStory:
    return LogStory(telling=LogMark(meaning, NOW - ago_s, f"it says {meaning}"))


def young(age_s: float) -> dict[str, Any]:
    main = replace(MAIN, started_at=NOW - age_s)
    return {
        "status": status(started_at=NOW - age_s),
        "processes": (main,),
        "main_uptime_s": None,
        "health": DEAF,
    }


LOOP = LogStory(rounds=(NOW - 40, NOW - 26, NOW - 12), ended_as="exit status 1")
CASES: dict[str, tuple[Signs, Verdict, str]] = {
    "nothing speaks against it": (signs(), Verdict.READY, "/health answers 200"),
    "a request is under way": (
        signs(queue=Queue(0, 0.0, is_running=True)),
        Verdict.BUSY,
        "a request is under way",
    ),
    "others wait for a moment": (
        signs(queue=Queue(2, 12.0, is_running=True)),
        Verdict.BUSY,
        "a request is under way, 2 requests wait for 12s at most",
    ),
    "a request waits too long": (
        signs(queue=Queue(1, 400.0, is_running=True)),
        Verdict.STALLED,
        "1 request waits, the first for 6m 40s (2027-01-15 07:53:20 UTC, 6m ago)",
    ),
    "it was signed out": (
        signs(log=line(Meaning.SIGNED_OUT)),
        Verdict.SIGNED_OUT,
        "it says signed out (2027-01-15 07:57:00 UTC, 3m ago)",
    ),
    "its login cookies are gone": (
        signs(login=LoginSign(LoginState.GONE, NOW - 60)),
        Verdict.SIGNED_OUT,
        "its login cookies are gone (2027-01-15 07:59:00 UTC, 1m ago)",
    ),
    "its login has expired": (
        signs(login=LoginSign(LoginState.EXPIRED, NOW - 60, NOW - 7200)),
        Verdict.SIGNED_OUT,
        "its login has expired (2027-01-15 06:00:00 UTC, 2h ago)",
    ),
    "the site shows another page": (
        signs(log=line(Meaning.CHALLENGED)),
        Verdict.CHALLENGED,
        "it says challenged",
    ),
    "the quota is used up": (signs(log=line(Meaning.QUOTA)), Verdict.QUOTA, "it says quota"),
    "its worker rests": (signs(log=line(Meaning.STALLED)), Verdict.STALLED, "it says stalled"),
    "the browser is gone": (
        signs(processes=without(BROWSER)),
        Verdict.BROWSER_GONE,
        "the browser does not run",
    ),
    "the driver is gone": (
        signs(processes=without(DRIVER)),
        Verdict.BROWSER_GONE,
        "the browser driver does not run",
    ),
    "the stream process is gone": (
        signs(processes=without(CHILD)),
        Verdict.STALLED,
        "the stream process does not run",
    ),
    "the kernel has killed a part of it": (
        signs(oom_kills=2, oom_at=NOW - 120),
        Verdict.OUT_OF_MEMORY,
        "for want of memory 2 times since its start (2027-01-15 07:58:00 UTC, 2m ago)",
    ),
    "it begins again and again inside": (
        signs(log=LOOP, health=DEAF),
        Verdict.CRASH_LOOP,
        "began 3 times within 28s and never stayed ready, the last time with exit status 1",
    ),
    "its engine restarts it again and again": (
        signs(status=status(restart_count=4, started_at=NOW - 5), health=DEAF),
        Verdict.CRASH_LOOP,
        "its engine has restarted it 4 times",
    ),
    "it is between two restarts": (
        signs(status=status(ContainerState.RESTARTING, exit_code=3, restart_count=1)),
        Verdict.CRASH_LOOP,
        "has ended with exit code 3, after 1 restart",
    ),
    "it is young": (
        signs(**young(7)),
        Verdict.STARTING,
        "/health closes the connection; its main process began 7s ago",
    ),
    "it has had its time": (
        signs(**young(70)),
        Verdict.NOT_READY,
        "/health closes the connection; the browser does not run",
    ),
    "it has no models": (
        signs(lacks_models=True),
        Verdict.NOT_READY,
        "/v1/models has only the entry",
    ),
    "it was stopped": (
        signs(status=status(EXITED, exit_code=143, finished_at=NOW - 60)),
        Verdict.STOPPED_BY_HAND,
        "ended with exit code 143 (2027-01-15 07:59:00 UTC, 1m ago); its engine starts it again",
    ),
    "it has ended": (
        signs(status=status(EXITED, restarts_by_itself=False, exit_code=1)),
        Verdict.STOPPED,
        "ended with exit code 1",
    ),
    "it ended for want of memory": (
        signs(status=status(EXITED, oom_killed=True, exit_code=137)),
        Verdict.OUT_OF_MEMORY,
        "the kernel killed it for want of memory",
    ),
    "it was never started": (
        signs(status=status(ContainerState.CREATED)),
        Verdict.STOPPED,
        "is created, and was not started",
    ),
    "it was quarantined": (
        signs(status=status(EXITED), intent=Intent(quarantine="crashed 3 times in a row")),
        Verdict.QUARANTINED,
        "crashed 3 times in a row",
    ),
    "it is paused": (
        signs(status=status(ContainerState.PAUSED)),
        Verdict.PAUSED,
        "holds its ports and answers nobody",
    ),
    "it has no container": (signs(status=None, is_missing=True), Verdict.MISSING, "there is none"),
    "its profile cannot be used": (
        signs(status=None, is_missing=True, intent=Intent(refusal="is not valid JSON")),
        Verdict.UNUSABLE,
        "is not valid JSON",
    ),
    "nobody wants it": (
        signs(status=status(EXITED), intent=Intent(is_disabled=True)),
        Verdict.DISABLED,
        "is not to run",
    ),
    "it is on another machine": (
        signs(is_in_reach=False, health=None),
        Verdict.NOT_ASKED,
        "runs on another machine",
    ),
    "the engine cannot say": (
        signs(status=None, fault="the engine answered 500"),
        Verdict.UNKNOWN,
        "the engine answered 500",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_verdict_has_its_evidence(case: str) -> None:
    given_signs, verdict, words = CASES[case]

    found = diagnose(given_signs, APPLICATION)

    assert found.verdict is verdict
    assert words in sentence(found, str, now=NOW)
    assert is_well(verdict) or verdict is Verdict.UNUSABLE or found.advice


def test_what_records_keep_has_a_moment_and_no_age_that_would_be_false_later() -> None:
    found = diagnose(signs(log=line(Meaning.SIGNED_OUT)), APPLICATION)

    assert " ago)" in sentence(found, str, now=NOW)
    assert " ago" not in sentence(found, str, now=None)
    assert sentence(found, str, now=None).endswith(" UTC)")


def test_every_verdict_has_a_case() -> None:
    assert {verdict for _, verdict, _ in CASES.values()} == set(Verdict)


@pytest.mark.parametrize(
    ("stands", "given_signs"),
    [
        (Verdict.SIGNED_OUT, signs(log=replace(LOOP, telling=line(Meaning.SIGNED_OUT).telling))),
        (Verdict.CHALLENGED, signs(log=replace(LOOP, telling=line(Meaning.CHALLENGED).telling))),
        (Verdict.SIGNED_OUT, signs(login=LoginSign(LoginState.GONE), processes=without(BROWSER))),
        (Verdict.OUT_OF_MEMORY, signs(oom_kills=1, processes=without(BROWSER))),
        (Verdict.BROWSER_GONE, signs(processes=without(BROWSER, CHILD))),
        (Verdict.QUOTA, signs(log=line(Meaning.QUOTA), queue=Queue(1, 900.0, is_running=False))),
        (Verdict.STARTING, signs(**young(3), lacks_models=True)),
        (Verdict.QUARANTINED, signs(status=status(EXITED), intent=Intent(quarantine="crashed"))),
    ],
)
def test_what_says_why_stands_before_what_follows_from_it(
    stands: Verdict, given_signs: Signs
) -> None:
    assert diagnose(given_signs, APPLICATION).verdict is stands


def test_processes_are_missed_only_of_one_whose_main_process_runs_and_is_past_its_start() -> None:
    between_runs = signs(processes=(WHOLE[0],), health=DEAF, main_uptime_s=None)

    assert diagnose(between_runs, APPLICATION).verdict is Verdict.NOT_READY
    assert diagnose(signs(**young(10)), APPLICATION).verdict is Verdict.STARTING
    assert diagnose(signs(processes=None), APPLICATION).verdict is Verdict.READY


def test_a_kill_for_memory_is_over_once_the_main_process_has_begun_anew_since() -> None:
    anew = replace(MAIN, started_at=NOW - 300)
    again = tuple(anew if one is MAIN else one for one in WHOLE)

    over = diagnose(signs(oom_kills=1, oom_at=NOW - 900, processes=again), APPLICATION)
    since = diagnose(signs(oom_kills=2, oom_at=NOW - 100, processes=again), APPLICATION)

    assert (over.verdict, since.verdict) == (Verdict.READY, Verdict.OUT_OF_MEMORY)
    assert "began anew 5m ago" in sentence(over, str, now=NOW)


@pytest.mark.parametrize("oom_at", [NOW - 30, None], ids=["its moment is known", "it is not"])
def test_a_loop_that_the_kernels_kills_keep_going_is_one_for_want_of_memory(
    oom_at: float | None,
) -> None:
    found = diagnose(signs(log=LOOP, health=DEAF, oom_kills=4, oom_at=oom_at), APPLICATION)

    told = sentence(found, str, now=NOW)
    assert found.verdict is Verdict.OUT_OF_MEMORY
    assert "for want of memory 4 times" in told
    assert "began 3 times within 28s" in told
    assert "--memory-limit" in found.advice[0]
    assert found.round_began_at == LOOP.rounds[-1]


def test_a_kill_for_memory_from_before_a_loop_is_told_beside_it() -> None:
    found = diagnose(signs(log=LOOP, health=DEAF, oom_kills=1, oom_at=NOW - 900), APPLICATION)
    unknown = diagnose(signs(log=LOOP, health=DEAF, oom_kills=1), APPLICATION)

    assert (found.verdict, unknown.verdict) == (Verdict.CRASH_LOOP, Verdict.CRASH_LOOP)
    assert "for want of memory once" in sentence(found, str, now=NOW)


def test_one_that_its_engine_restarts_for_want_of_memory_says_so() -> None:
    again = status(restart_count=4, started_at=NOW - 5)
    found = diagnose(signs(status=again, health=DEAF, oom_kills=2, oom_at=NOW - 2), APPLICATION)

    assert found.verdict is Verdict.OUT_OF_MEMORY
    assert "restarted it 4 times" in sentence(found, str, now=NOW)


def test_a_line_that_says_why_it_loops_is_told_with_the_loop() -> None:
    story = replace(LOOP, telling=line(Meaning.CRASH_LOOP).telling)
    found = diagnose(signs(log=story, health=DEAF), APPLICATION)

    told = sentence(found, str, now=NOW)
    assert found.verdict is Verdict.CRASH_LOOP
    assert "it says crash loop" in told
    assert "began 3 times within 28s" in told


def test_one_that_starts_anew_after_a_kill_for_memory_tells_the_kill() -> None:
    between = signs(processes=(WHOLE[0],), health=DEAF, main_uptime_s=None, oom_kills=1)
    anew = replace(MAIN, started_at=NOW - 300)
    killed = replace(between, processes=(WHOLE[0], anew), oom_at=NOW - 310)

    for one in (between, killed):
        found = diagnose(one, APPLICATION)
        assert "for want of memory once" in sentence(found, str, now=NOW)
        assert "--memory-limit" in found.advice[0]


def test_restarts_by_the_engine_are_no_loop_where_it_was_well_before_the_last() -> None:
    restarted = status(restart_count=4, started_at=NOW - 5)

    found = diagnose(
        signs(status=restarted, health=READY, log=LogStory(well_until=NOW - 7)), APPLICATION
    )

    assert found.verdict is not Verdict.CRASH_LOOP


def test_an_application_without_a_sign_is_not_missed_it() -> None:
    bare = replace(
        APPLICATION, process=(), log=(), models=None, queue=None, uptime=None, login=None
    )
    known = Signs(NOW, status(), health=READY, login=LoginSign(LoginState.EXPIRED))

    assert diagnose(known, bare).verdict is Verdict.READY


@given(
    st.sampled_from(list(ContainerState)),
    st.sampled_from([READY, DEAF, Answer(503), None]),
    st.booleans(),
    st.sampled_from(list(LoginState)),
    st.sampled_from([*Meaning, None]),
    st.integers(0, 5),
)
def test_there_always_is_a_verdict_with_evidence_and_only_good_ones_are_well(
    state: ContainerState,
    health: Answer | None,
    is_near: bool,
    login: LoginState,
    meaning: Meaning | None,
    restarts: int,
) -> None:
    story = line(meaning) if meaning and meaning.verdict else LogStory()
    found = diagnose(
        signs(
            status=status(state, restart_count=restarts),
            health=health,
            is_in_reach=is_near,
            login=LoginSign(login),
            log=story,
        ),
        APPLICATION,
    )

    assert found.evidence
    if state is not RUNNING:
        assert is_well(found.verdict) is (found.verdict is Verdict.STOPPED_BY_HAND)
    if found.verdict in {Verdict.READY, Verdict.BUSY}:
        assert health == READY


def test_what_to_do_is_ready_for_a_shell() -> None:
    assert advice_text("`multi-instance restart PROFILE`", "a b; rm") == (
        "`multi-instance restart 'a b; rm'`"
    )


def test_what_a_container_wrote_goes_through_the_redactor_and_cannot_act_on_a_terminal() -> None:
    mark = LogMark(Meaning.SIGNED_OUT, NOW, "key sk-1 \x1b[2J")
    found = diagnose(signs(log=LogStory(telling=mark)), APPLICATION)

    shown = sentence(found, lambda text: text.replace("sk-1", "***"), now=NOW)

    assert "key *** \\x1b[2J" in shown


def test_the_page_of_the_verdicts_has_every_word_in_the_order_of_the_code() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "verdicts.md"
    rows = [row.split("|") for row in page.read_text().splitlines() if row.startswith("| **")]

    assert [row[1].strip(" *") for row in rows] == [verdict.value for verdict in Verdict]
    assert {row[1].strip(" *"): row[4].strip() == "yes" for row in rows} == {
        verdict.value: is_well(verdict) for verdict in Verdict
    }


@pytest.mark.parametrize(
    ("answer", "is_answered", "verdict"),
    [
        (Answer(200), True, Verdict.READY),
        (Answer(500), False, Verdict.NOT_READY),
        (Answer(None, "does not answer in time"), False, Verdict.STALLED),
    ],
)
def test_a_real_question_shows_what_it_is_for(
    answer: Answer, *, is_answered: bool, verdict: Verdict
) -> None:
    found = diagnose(signs(trial=Trial("/ask", answer, is_answered, 2.0, NOW - 2)), APPLICATION)

    assert found.verdict is verdict
    assert f"a real question to /ask {answer.said}, after 2s" in [e.seen for e in found.evidence]


def test_a_real_question_that_is_answered_refutes_what_the_log_said_of_an_earlier_one() -> None:
    story = line(Meaning.SIGNED_OUT)
    answered, refused = (
        Trial("/ask", answer, answer is READY, seconds=2.0, began_at=NOW - 2)
        for answer in (READY, Answer(500))
    )
    well = diagnose(signs(log=story, trial=answered), APPLICATION)
    ill = diagnose(signs(log=story, trial=refused), APPLICATION)

    assert (well.verdict, ill.verdict) == (Verdict.READY, Verdict.SIGNED_OUT)
    assert "a real question to /ask answers 500" in sentence(ill, str, now=NOW)


@pytest.mark.parametrize("meaning", [Meaning.SIGNED_OUT, Meaning.CHALLENGED, Meaning.BROWSER_GONE])
@pytest.mark.parametrize(
    ("ago_s", "began_ago_s", "is_ready"),
    [(20.0, 10.0, True), (5.0, 10.0, False), (10.0, 10.0, False), (10.0, 9.5, False)],
    ids=["before", "after", "in the same moment", "in the same whole second"],
)
def test_a_real_question_that_is_answered_refutes_nothing_that_the_log_said_since(
    meaning: Meaning, ago_s: float, began_ago_s: float, *, is_ready: bool
) -> None:
    trial = Trial("/ask", READY, is_answered=True, seconds=2.0, began_at=NOW - began_ago_s)

    found = diagnose(signs(log=line(meaning, ago_s), trial=trial), APPLICATION)

    assert (found.verdict is Verdict.READY) is is_ready


def test_its_own_question_makes_nothing_busy() -> None:
    under_way = Queue(0, 0.0, is_running=True)
    silence = Answer(None, "does not answer in time")
    hung = Trial("/ask", silence, is_answered=False, seconds=60.0, began_at=NOW - 60)
    answered = Trial("/ask", Answer(200), is_answered=True, seconds=2.0, began_at=NOW - 2)

    assert diagnose(signs(queue=under_way), APPLICATION).verdict is Verdict.BUSY
    assert diagnose(signs(queue=under_way, trial=hung), APPLICATION).verdict is Verdict.STALLED
    found = diagnose(signs(queue=under_way, trial=answered), APPLICATION)
    assert found.verdict is Verdict.READY
    assert any(one.sign == "question" for one in found.evidence)
