"""What fits into a terminal of 80 columns, and what is left out so that it does."""

from __future__ import annotations

import io
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.render import outlet
from multi_instance_manager.render.hanging import below, hanging, wrapped
from multi_instance_manager.render.proofs import proof_sheet
from multi_instance_manager.render.sheets import sheet_text
from multi_instance_manager.render.tables import Sheet, fitted, width_of
from multi_instance_manager.reports.proof import ProofCheck, ProofReport

NAMES = ("active", "saved", "emergency", "api", "stream", "elsewhere", "key")
LAUNCH = Sheet(
    ("PROFILE", "CONTAINER", "API URL", "STREAM PORT", "STATE", "PROOF"),
    (("work-account-1", "ai-proxy-work-account-1", "http://127.0.0.1:2048", "3120", "a", "b"),),
    ("CONTAINER", "STREAM PORT"),
)


def proof(**seen: str) -> ProofReport:
    checks = [
        ProofCheck(
            name=n, passed=True, result="passed", required=True, seen=seen.get(n, "accepts, closes")
        )
        for n in NAMES
    ]
    return ProofReport(passed=True, result="passed", checks=tuple(checks))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_terminal(patch: pytest.MonkeyPatch) -> Terminal:
    """Standard output and standard error of 80 columns; to be called by the test itself."""
    made = Terminal()
    patch.setattr(sys, "stdout", made)
    patch.setattr(sys, "stderr", made)
    patch.setenv("COLUMNS", "80")
    return made


def test_a_sheet_loses_spare_columns_only_until_it_fits() -> None:
    assert width_of(LAUNCH) > 80
    assert fitted(LAUNCH, 80).columns == ("PROFILE", "API URL", "STREAM PORT", "STATE", "PROOF")
    assert fitted(LAUNCH, 200) == LAUNCH
    assert fitted(LAUNCH, 10).columns == ("PROFILE", "API URL", "STATE", "PROOF")


def test_checks_of_proofs_are_listed_below_each_other_where_they_do_not_fit() -> None:
    sheet = proof_sheet([("a", proof()), ("b", proof(key="open")), ("c", proof())])

    assert sheet is not None
    assert sheet.columns == ("PROFILE", *(name.upper() for name in NAMES))
    narrow = fitted(sheet, 80)
    assert width_of(narrow) <= 80
    assert [row for row in narrow.rows if row[0] in {"active", "key"}] == [
        ("active", "accepts, closes", "all 3"),
        ("key", "accepts, closes", "a, c"),
        ("key", "open", "b"),
    ]


def test_many_profiles_of_one_check_are_counted() -> None:
    made = [(name, proof(**({"key": "open"} if name != "z" else {}))) for name in "abcdz"]
    sheet = proof_sheet(made)

    assert sheet is not None
    assert ("key", "open", "a, b and 2 more") in fitted(sheet, 80).rows


def test_a_table_on_a_terminal_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    outlet.write(sheet_text(LAUNCH))

    lines = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()).splitlines()
    assert "CONTAINER" not in lines[1]
    assert max(map(len, lines)) <= 80


def test_lines_are_wrapped_between_words_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch)
    line = "failed: profile user-a: " + "was not ready and " * 6

    told = below(line).splitlines()
    assert len(told) > 1
    assert all(len(one) <= 80 for one in told)
    assert all(one.startswith("  ") for one in told[1:])
    assert [len(one) <= 60 for one in hanging("word " * 40, 20).splitlines()[:1]] == [True]


def test_messages_are_wrapped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    outlet.tell("warning: " + "something to say " * 10)

    lines = terminal.getvalue().splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) <= 80


def test_a_pipe_gets_whole_lines() -> None:
    line = "word " * 60
    assert below(line) == line


def test_a_command_is_never_broken() -> None:
    command = "`multi-instance up " + "user-a " * 20 + "user-b`"
    text = wrapped(f"the others can be launched now: {command}", 80, "  ", 2)
    assert text == f"the others can be launched now:\n  {command}"


@given(st.text(alphabet="ab `", max_size=200), st.integers(25, 60))
def test_wrapping_loses_no_word_and_joins_none(text: str, room: int) -> None:
    assert wrapped(text, room, "  ", 2).split() == text.split()


@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=20), max_size=40), st.integers(30, 90))
def test_no_line_is_longer_than_the_terminal(words: list[str], room: int) -> None:
    told = wrapped(" ".join(words), room, "  ", 2).splitlines()
    assert all(len(line) <= room for line in told)
