"""What streaming commands say: events in words, harmless lines, numbers that fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from multi_instance_manager.commands.stream.engine_absence import LONGEST_WAIT_S, EngineAbsence
from multi_instance_manager.commands.stream.instance_events import happening_of
from multi_instance_manager.commands.stream.logs import Shown
from multi_instance_manager.commands.stream.stats import cpu_percent
from multi_instance_manager.commands.stream.watched_instances import Instance
from multi_instance_manager.commands.survey.known_secrets import KnownSecrets
from multi_instance_manager.engine.protocol.engine import Usage
from multi_instance_manager.engine.protocol.watcher import EngineEvent, LogLine
from multi_instance_manager.errors import EngineError
from multi_instance_manager.fleet.containers import ContainerState
from multi_instance_manager.render.foreign_text import harmless, harmless_json
from multi_instance_manager.render.log_lines import LogText, log_line_json
from multi_instance_manager.render.marks import restored
from multi_instance_manager.render.stats import fitted
from multi_instance_manager.render.tables import Sheet, width_of
from multi_instance_manager.reports.log_line import LogLineReport
from multi_instance_manager.text.secret import MASK, Secret
from unit.builders import some_settings

INSTANCE = Instance("user-a", "0" * 64, "ai-proxy-user-a", ContainerState.RUNNING)


def shown(text: str) -> Shown:
    return Shown(INSTANCE, LogLine(10**18, text))


@pytest.mark.parametrize("label", ["\u00b2", "\u0663", "9" * 5000, "-1", ""])
def test_a_label_that_is_called_like_an_exit_code_is_none(label: str) -> None:
    event = EngineEvent(1, "died", "id", {"exitCode": label, "containerExitCode": "1"})

    told = happening_of(event, "user-a")

    assert told is not None
    assert (told.kind, told.exit_code) == ("ended", 1)


@pytest.mark.parametrize(
    ("action", "attributes", "kind", "words"),
    [
        ("start", {}, "started", "started"),
        ("die", {"exitCode": "3"}, "ended", "exit code 3"),
        ("die", {"exitCode": "137"}, "ended", "SIGKILL"),
        ("died", {"containerExitCode": "1"}, "ended", "exit code 1"),
        ("oom", {}, "out-of-memory", "memory"),
        ("health_status: unhealthy", {}, "health", "unhealthy"),
        ("rename", {"oldName": "/x", "name": "x.previous"}, "set-aside", "replacement"),
        ("rename", {"oldName": "/x.previous", "name": "x"}, "brought-back", "failed"),
        ("rename", {"oldName": "/x", "name": "y"}, "renamed", "from x to y"),
        ("destroy", {}, "removed", "removed"),
    ],
)
def test_an_event_is_told_in_words(
    action: str, attributes: dict[str, str], kind: str, words: str
) -> None:
    told = happening_of(EngineEvent(1, action, "id", attributes), "user-a")

    assert told is not None
    assert told.kind == kind
    assert words in told.text


@pytest.mark.parametrize("action", ["exec_create: cat /x", "kill", "attach", "top"])
def test_what_nobody_wants_to_know_is_left_out(action: str) -> None:
    assert happening_of(EngineEvent(1, action, "id", {}), "user-a") is None


@given(st.text())
def test_no_line_acts_on_a_terminal(text: str) -> None:
    assert all(c.isprintable() or c == "\t" for c in harmless(text))


def test_colours_of_a_line_are_left_out_and_other_escapes_are_shown() -> None:
    assert harmless("\x1b[31mred\x1b[0m\t\x1b]0;title\x07") == "red\t\\x1b]0;title\\x07"


@given(st.text())
def test_a_line_of_json_means_the_same_and_acts_on_nothing(text: str) -> None:
    line = log_line_json(shown(text.encode(errors="replace").decode()))

    assert json.loads(line)["line"] == text.encode(errors="replace").decode()
    assert line.removesuffix("\n").isprintable()
    assert line.count("\n") == 1
    assert LogLineReport.__struct_config__.tag == json.loads(line)["schema"]


def test_characters_beyond_the_first_plane_are_escaped_as_json_does_it() -> None:
    assert json.loads(harmless_json('"\U000e0001"\n')) == "\U000e0001"


def test_prefixes_are_aligned_and_coloured_only_where_that_is_wanted() -> None:
    plain, coloured = LogText(), LogText(colours=True)
    plain.make_room_for(("a", "user-a"))

    assert plain.line(shown("x")) == "user-a | x\n"
    assert "\x1b[" not in plain.line(shown("x"))
    assert restored(coloured.line(shown("x"))) == "\x1b[36muser-a | \x1b[0mx\n"
    assert LogText(prefix=False, timestamps=True).line(shown("x")) == (
        "2001-09-09T01:46:40.000000000Z x\n"
    )


def test_the_secrets_that_instances_were_launched_with_are_known(tmp_path: Path) -> None:
    settings = some_settings(tmp_path)
    for folder, key in (("private", "sk-of-the-launch"), ("aside", "sk-before-that")):
        file = settings.state_dir / folder / "ai-proxy-user-a" / "key.txt"
        file.parent.mkdir(parents=True)
        file.write_text(f"{key}\n")
    known = KnownSecrets(settings, [Secret("sk-of-the-host")])

    said = known.log_line(b"sk-of-the-launch sk-before-that sk-of-the-host")

    assert said.decode() == f"{MASK} {MASK} {MASK}"


def test_an_absence_is_told_once_and_tried_ever_more_patiently() -> None:
    now = [0.0]
    absence, waits = EngineAbsence(lambda: now[0]), []
    assert absence.end() is None

    told = []
    for _ in range(10):
        told.append(absence.begin(EngineError("engine: gone")))
        waits.append(absence.wait_s)
        now[0] += absence.wait_s

    assert [sentence is not None for sentence in told] == [True] + [False] * 9
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_S
    assert absence.end() == "the engine is back"
    assert absence.end() is None
    assert absence.wait_s == 0


USAGE = Usage(100.0, 10**9, 0, 2, 0, None, 0, 0, 0, 0, 1)


def test_a_hundred_percent_is_one_processor() -> None:
    later = replace(USAGE, read_at=102.0, cpu_ns=5 * 10**9)
    assert cpu_percent(USAGE, later) == 200.0


def test_across_a_restart_there_is_no_share() -> None:
    assert cpu_percent(USAGE, replace(USAGE, read_at=102.0, cpu_ns=5)) is None
    assert cpu_percent(USAGE, USAGE) is None


def test_a_table_keeps_its_sum_however_small_the_terminal_is() -> None:
    columns = ("PROFILE", "STATE", "CPU", "LIMIT")
    rows = tuple((f"user-{n}", "running", "1%", "1 GiB") for n in range(20))
    sheet = Sheet(columns, (*rows, ("TOTAL", "", "20%", "")))

    small = fitted(sheet, 5, lambda sheet: width_of(sheet) <= 16)

    assert small.columns == ("PROFILE", "CPU")
    assert [row[0] for row in small.rows] == ["user-0", "user-1", "user-2", "… 17 more", "TOTAL"]
    assert fitted(sheet, 50, lambda _: True) == sheet
