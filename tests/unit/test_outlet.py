"""All that commands write goes through one outlet, and nothing in it acts on a terminal."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import pytest

import multi_instance_manager
from multi_instance_manager.cli.endpoints import _text as endpoints_text
from multi_instance_manager.cli.profile_history import _diff_text, _history_text
from multi_instance_manager.cli.profiles import _list_text
from multi_instance_manager.progress import Event, Phase
from multi_instance_manager.render import outlet
from multi_instance_manager.render.change import down_text, launches_text, sessions_text
from multi_instance_manager.render.config import config_text
from multi_instance_manager.render.doctor import doctor_text
from multi_instance_manager.render.explain import explain_text
from multi_instance_manager.render.init import init_text
from multi_instance_manager.render.keys import keys_text, rotated_text
from multi_instance_manager.render.marks import own
from multi_instance_manager.render.profile_changes import removed_lines, switched_lines
from multi_instance_manager.render.profile_history import pruned_line, restored_line
from multi_instance_manager.render.profiles import added_lines, check_lines
from multi_instance_manager.render.progress import plain_lines
from multi_instance_manager.render.sheets import sheet_text
from multi_instance_manager.render.stats import stats_sheet
from multi_instance_manager.render.status_text import status_text
from multi_instance_manager.render.verify import verify_text
from multi_instance_manager.reports.change import DownReport, StartReport
from multi_instance_manager.reports.config import ConfigReport
from multi_instance_manager.reports.doctor import DoctorReport
from multi_instance_manager.reports.endpoints import EndpointsReport
from multi_instance_manager.reports.explain import ExplainReport
from multi_instance_manager.reports.init import InitReport
from multi_instance_manager.reports.keys import KeysRotateReport, KeysShowReport
from multi_instance_manager.reports.profile_add import ProfileAddReport
from multi_instance_manager.reports.profile_check import ProfileCheckReport
from multi_instance_manager.reports.profile_history import (
    ProfileHistoryReport,
    ProfileRestoreReport,
)
from multi_instance_manager.reports.profile_history_changes import (
    ProfileHistoryDiffReport,
    ProfileHistoryPruneReport,
)
from multi_instance_manager.reports.profile_list import ProfileListReport
from multi_instance_manager.reports.profile_remove import ProfileRemoveReport
from multi_instance_manager.reports.profile_switch import ProfileSwitchReport
from multi_instance_manager.reports.report import document_of
from multi_instance_manager.reports.stats import StatsReport
from multi_instance_manager.reports.status import StatusReport
from multi_instance_manager.reports.verify import VerifyReport
from multi_instance_manager.text.shell_words import quote

SOURCE = Path(multi_instance_manager.__file__).parent
HOSTILE = "evil\x1b[2J\x1b]0;title\x07\r\x9b31m\u202e\x7f\nFORGED"
TOLD_BY_CODES = {
    "verdict": "error",
    "severity": "error",
    "result": "failed",
    "state": "ready",
    "kept_as": "0001-x",
}

SIMPLE = {datetime: datetime(2026, 1, 2, tzinfo=UTC), int: 1, float: 1.0, bool: True}

# Every place of the package that writes to the terminal or into a pipe, and why it may.
PLACES = {
    "render/outlet.py": "the outlet itself",
    "render/sheets.py": "draws a table whose cells are printable into a text for the outlet",
    "cli/signals.py": "sentences of ours alone, past all buffers, from a signal handler",
    "cli/own_terminal.py": "a wake-up in a pipe of its own",
    "commands/stream/relay.py": "the streams of a command in an instance",
    "state/journal.py": "a file of the state folder",
    "files/folder_trial.py": "a trial file in a folder of the person's",
    "cli/status_watch.py": "draws a text that the outlet has made printable",
    "cli/stats.py": "draws a table whose cells are printable",
    "render/progress.py": "draws texts that it has made printable",
}
WRITING_NAMES = {"print", "Live", "Progress", "Console"}
WRITING_CALLS = (["os", "write"], ["os", "writev"], ["console", "print"])
WRITING_ATTRIBUTES = {"echo", "secho", "confirm", "prompt", "echo_via_pager", "print_exc", "warn"}


def writing_places() -> Iterator[str]:
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        if any(_writes(node) for node in ast.walk(tree)):
            yield path.relative_to(SOURCE).as_posix()


def _writes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    words = ast.unparse(node.func).split(".")
    if words[0] == "sys":
        return words[-1] in {"write", "writelines"}
    if words[0] in {"click", "traceback", "warnings"}:
        return words[-1] in WRITING_ATTRIBUTES
    return words[-1] in WRITING_NAMES or words in WRITING_CALLS


def test_the_places_that_write_are_these_and_no_others() -> None:
    assert sorted(writing_places()) == sorted(PLACES)


def hostile(kind: Any, name: str = "") -> Any:
    """A value of that type in which every text is hostile."""
    if kind is str:
        return TOLD_BY_CODES.get(name, HOSTILE)
    if kind in SIMPLE:
        return SIMPLE[kind]
    if not isinstance(kind, type) or typing.get_origin(kind):
        return hostile_generic(kind, name)
    if issubclass(kind, Enum):
        return list(kind)[-1]
    assert issubclass(kind, msgspec.Struct)
    found = msgspec.structs.fields(kind)
    return kind(**{f.name: hostile(f.type, f.name) for f in found})


def hostile_generic(kind: Any, name: str) -> Any:
    inner = typing.get_args(kind)
    if typing.get_origin(kind) is typing.Annotated:
        return hostile(inner[0], name)
    if typing.get_origin(kind) in {types.UnionType, typing.Union}:
        return hostile(next(one for one in inner if one is not type(None)), name)
    if typing.get_origin(kind) is typing.Literal:
        return inner[0]
    if typing.get_origin(kind) is tuple:
        return (hostile(inner[0], name),)
    raise AssertionError(kind)


def joined(lines: Iterable[str]) -> str:
    return "\n".join(lines)


TEXTS: dict[str, tuple[Any, Callable[[Any], str]]] = {
    "status": (StatusReport, lambda report: status_text(report, wide=True)),
    "start": (StartReport, launches_text),
    "stop": (StartReport, sessions_text),
    "down": (DownReport, down_text),
    "verify": (VerifyReport, verify_text),
    "explain": (ExplainReport, explain_text),
    "doctor": (DoctorReport, doctor_text),
    "config": (ConfigReport, config_text),
    "profiles list": (ProfileListReport, _list_text),
    "profiles check": (ProfileCheckReport, lambda report: joined(check_lines(report))),
    "profiles add": (ProfileAddReport, lambda report: joined(added_lines(report))),
    "profiles disable": (ProfileSwitchReport, lambda report: joined(switched_lines(report))),
    "profiles remove": (ProfileRemoveReport, lambda report: joined(removed_lines(report))),
    "profiles history": (ProfileHistoryReport, _history_text),
    "profiles history --diff": (ProfileHistoryDiffReport, _diff_text),
    "profiles history --prune": (ProfileHistoryPruneReport, pruned_line),
    "profiles restore": (ProfileRestoreReport, restored_line),
    "stats": (StatsReport, lambda report: sheet_text(stats_sheet(report))),
    "init": (InitReport, init_text),
    "keys show": (KeysShowReport, keys_text),
    "keys rotate": (KeysRotateReport, rotated_text),
    "endpoints": (EndpointsReport, lambda report: endpoints_text("table", report)),
}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_no_text_of_a_report_acts_on_a_terminal_or_begins_a_line_of_its_own(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kind, text_of = TEXTS[name]

    outlet.write(text_of(hostile(kind)))

    out = capsys.readouterr().out
    assert "FORGED" in out, "the hostile text is nowhere in it: the test looks at nothing"
    assert not [line for line in out.split("\n") if not line.replace("\t", "").isprintable()]
    assert not [line for line in out.split("\n") if line.startswith("FORGED")]


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_documents_say_the_same_without_a_character_that_acts(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kind, _ = TEXTS[name]
    report = hostile(kind)

    outlet.write(document_of(report), is_document=True)

    out = capsys.readouterr().out
    assert out.replace("\n", "").isprintable()
    assert json.loads(out) == json.loads(msgspec.json.encode(report))


def test_a_line_on_the_way_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    outlet.tell(HOSTILE, colour="red")
    plain_lines(outlet.tell)(Event("p", HOSTILE, Phase.READY, HOSTILE))

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)


def test_only_our_own_sequences_reach_a_terminal() -> None:
    foreign = "\x1b[31mred\x1b[0m"

    assert outlet.shown(own("\x1b[1m") + foreign) == "\x1b[1m\\x1b[31mred\\x1b[0m"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_what_the_encoding_has_no_letters_for_is_written_in_those_it_has(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding))

    outlet.write("image a → b … 日\n")
    outlet.write('{"a": "→ é 😀"}\n', is_document=True)

    text, document = raw.getvalue().decode(encoding).splitlines()
    assert text == "image a -> b ... \\u65e5"
    assert json.loads(document) == {"a": "→ é 😀"}


def test_an_encoding_that_has_the_letters_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, "utf-8"))

    outlet.write("image a → b\n")

    assert raw.getvalue().decode() == "image a → b\n"


@pytest.mark.parametrize("word", ["plain", "it's", "a b", HOSTILE, "tab\there'\\", "\udcff", "ü"])
def test_a_quoted_word_can_be_shown_and_means_the_same_to_bash(word: str) -> None:
    shown = quote(word)

    ran = subprocess.run(["bash", "-c", f"printf %s {shown}"], capture_output=True, check=True)
    assert shown.isprintable()
    assert ran.stdout == word.encode(errors="surrogateescape")


@pytest.mark.parametrize("stdin", [None, io.StringIO("n\n")])
def test_a_question_without_a_terminal_names_the_option_that_answers_it(
    stdin: io.StringIO | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", stdin)

    outlet.tell_declined("not confirmed; nothing was touched")

    assert capsys.readouterr().err == (
        "not confirmed; nothing was touched; to confirm without a terminal, pass -y\n"
    )
