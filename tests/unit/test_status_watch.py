"""One look after the other, also where the engine goes away in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import click
import pytest

from multi_instance_manager.cli import status_watch
from multi_instance_manager.commands.look.status import StatusQuery
from multi_instance_manager.commands.survey.request import Request
from multi_instance_manager.errors import EngineUnreachable, Refused
from multi_instance_manager.findings import error
from multi_instance_manager.reports.status import StatusReport
from multi_instance_manager.settings.model import Output
from unit.builders import some_settings

AWAY = Refused([error("engine", "engine at x", "does not answer", "start Docker")])
REPORT = StatusReport(
    taken_at=datetime.now(tz=UTC),
    project_root="/srv/application",
    fleet="ai-proxy",
    instances=(),
    unwell=0,
    findings=(),
)
Answers = list[StatusReport | BaseException]


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answers, Output], int]:
    def run(answers: Answers, output: Output) -> int:
        coming = iter(answers)

        def look(*_: object) -> StatusReport:
            answer = next(coming)
            if isinstance(answer, BaseException):
                raise answer
            return answer

        monkeypatch.setattr(status_watch, "status", look)
        request = Request(some_settings(output=output), {})
        with pytest.raises(click.exceptions.Exit) as end:
            status_watch.keep_watching(request, StatusQuery(), wide=False, interval_s=0)
        return end.value.exit_code

    return run


def test_an_engine_that_is_away_for_a_while_is_said_and_looked_for_again(
    watch: Callable[[Answers, Output], int], capsys: pytest.CaptureFixture[str]
) -> None:
    code = watch([REPORT, AWAY, REPORT, KeyboardInterrupt()], Output.TEXT)

    assert code == 130
    out = capsys.readouterr().out
    assert out.count("all well") == 2
    assert "engine at x: does not answer; start Docker" in out


def test_a_first_look_that_fails_ends_the_watch_as_any_command(
    watch: Callable[[Answers, Output], int],
) -> None:
    with pytest.raises(Refused):
        watch([AWAY], Output.TEXT)


def test_a_program_is_told_by_the_end_that_the_engine_is_away(
    watch: Callable[[Answers, Output], int],
) -> None:
    with pytest.raises(EngineUnreachable):
        watch([REPORT, EngineUnreachable("engine: is away")], Output.JSON)
