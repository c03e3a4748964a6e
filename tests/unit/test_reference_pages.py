"""The generators of pages and pictures: help taken apart, signs escaped, nothing left out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from multi_instance_manager.cli import group
from multi_instance_manager.settings.options import OPTIONS
from pictures.drawing import drawn
from pictures.masks import SHOWN_ROOT, masked
from pictures.screen import shown_after
from reference_pages import roff
from reference_pages.command_page import command_page
from reference_pages.configuration_page import configuration_page
from reference_pages.help_text import codes_apart, epilog, first_sentence, help_text
from reference_pages.man_page import man_pages
from reference_pages.manual import Argument, Manual, ManualOption, whole_manual
from reference_pages.markdown import cell

REPOSITORY = Path(__file__).resolve().parents[2]
ODD = Manual(
    words=("multi-instance", "odd"),
    aliases=("o",),
    summary="Do `it`",
    usage="multi-instance odd [OPTIONS] {a|b}",
    paragraphs=("Do `it`. A <b> and a * and a \\.", ".dots at the front"),
    exit_codes="0 well, 1 not - quite. More is said.",
    arguments=(Argument("{a|b}", "One of `a`, `b`."),),
    options=(ManualOption("--what a|b", "Which | of.", "<none>", "WHAT", "Options"),),
    examples=("multi-instance odd 'a*' | head", ".hidden"),
    below=(),
)


def test_help_is_taken_apart_into_paragraphs_and_exit_codes() -> None:
    found = help_text(
        "First, broken\n    in two.\n\n    Second.\n\n    Exit codes: 0 a, 1 b.\n    "
    )
    assert found.paragraphs == ("First, broken in two.", "Second.")
    assert found.exit_codes == "0 a, 1 b."


def test_examples_keep_their_lines_and_lose_their_indentation() -> None:
    found = epilog("\b\nExamples:\n  one\n    two\n\nAfter them.")
    assert found.examples == ("one", "  two")
    assert found.paragraphs == ("After them.",)
    assert epilog("Example:\n  one").examples == ("one",)


@pytest.mark.parametrize(
    ("sentence", "codes", "rest"),
    [
        ("0 a, 1 b or c.", (("0", "a"), ("1", "b or c")), ""),
        ("0 a; 130 b. More, 3 of it.", (("0", "a"), ("130", "b")), "More, 3 of it."),
        ("the command's own, 1 b.", (), "the command's own, 1 b."),
        ("", (), ""),
    ],
)
def test_exit_codes_come_apart_where_they_are_plainly_a_list(
    sentence: str, codes: tuple[tuple[str, str], ...], rest: str
) -> None:
    assert codes_apart(sentence) == (codes, rest)


def test_a_first_sentence_does_not_end_within_a_name() -> None:
    assert first_sentence("Print multi-instance.toml: its keys. More.") == (
        "Print multi-instance.toml"
    )


def test_a_cell_shows_signs_of_markup_as_they_are() -> None:
    assert cell("a | <b> * `c|d*`") == "a \\| \\<b\\> \\* `c\\|d*`"


def test_the_page_of_a_command_has_all_of_it() -> None:
    page = command_page(ODD)
    assert "| `--what a\\|b` | `WHAT` | Which \\| of. | \\<none\\> |" in page
    assert "| 1 | not - quite |" in page
    assert "Also: `multi-instance o`." in page
    assert "multi-instance odd 'a*' | head\n" in page


ESCAPES = {
    "\\e": "\\",
    "\\-": "-",
    "\\(aq": "'",
    "\\(ga": "`",
    "\\(ha": "^",
    "\\(ti": "~",
    "\\(dq": '"',
}
REQUESTS = {".TH", ".SH", ".SS", ".PP", ".TP", ".RS", ".RE", ".EX", ".EE", ".nh", ".ad", '.\\"'}
ESCAPE = re.compile(r"\\(?:\[u([0-9A-F]{4,6})\]|\(..|.)")


def read_as_roff(line: str) -> str:
    """What a formatter makes of one line of text."""
    return ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else ESCAPES[m[0]], line)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40))
def test_every_sign_arrives_on_a_man_page_as_it_is(words: str) -> None:
    line = roff.plain(words)
    assert line.isascii()
    assert read_as_roff(line) == words


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40))
def test_no_text_becomes_a_request_of_roff(words: str) -> None:
    assert not roff.text(words).startswith((".", "'"))
    assert not any(line.startswith("..") for line in roff.literal([words]).splitlines())


@pytest.mark.parametrize("name", sorted(man_pages(whole_manual())))
def test_a_man_page_has_known_requests_and_escapes_alone(name: str) -> None:
    text = (REPOSITORY / "docs" / "man" / name).read_text(encoding="ascii")
    requests = {line.split(" ")[0] for line in text.splitlines() if line.startswith(".")}
    assert requests <= REQUESTS
    body = re.sub(r'^\.\\" .*$', "", text, flags=re.MULTILINE)
    escapes = {match[0] for match in ESCAPE.finditer(body)}
    assert escapes <= {*ESCAPES, "\\f", "\\&"}
    sections = re.findall(r'^\.SH "(.+)"$', text, re.MULTILINE)
    assert sections[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"]
    assert sections[-1] == "SEE ALSO"


def test_lines_that_begin_with_a_dot_are_kept_on_a_man_page() -> None:
    program = Manual(("multi-instance",), (), "All", "", ("All.",), "", (), (), (), (ODD,))
    text = man_pages(program)["multi-instance-odd.1"]
    assert "\n\\&.dots at the front\n" in text
    assert "\n\\&.hidden\n" in text
    assert "\nmulti\\-instance odd \\(aqa*\\(aq | head\n" in text


def test_every_setting_stands_on_the_page_of_the_settings() -> None:
    page = configuration_page()
    assert [o.flag for o in OPTIONS if not o.hidden and f"`{o.flag}" not in page] == []
    in_file = [o for o in OPTIONS if not o.not_in_file and not o.hidden]
    assert [o.key for o in in_file if f"| `{o.key}` |" not in page] == []
    assert [o.flag for o in OPTIONS if o.hidden and o.flag in page] == []


def test_a_registered_command_that_cannot_be_imported_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(group._COMMANDS, "absent", "Is not there.")
    with pytest.raises(ModuleNotFoundError, match="absent"):
        whole_manual()


def test_every_command_has_a_page_and_a_man_page() -> None:
    context = click.Context(group.group)
    for name in group.group.list_commands(context):
        assert (REPOSITORY / "docs" / "reference" / "commands" / f"{name}.md").is_file()
        assert (REPOSITORY / "docs" / "man" / f"multi-instance-{name}.1").is_file()


def test_what_was_drawn_over_is_gone_from_the_screen() -> None:
    frame = "\x1b[32mone\x1b[0m of two\r\nsecond"
    again = "\r\x1b[2K\x1b[1A\x1b[2Kdone\r\n"
    rows = shown_after(f"\x1b[?25l{frame}", 40)
    assert [row.plain for row in rows] == ["one of two", "second"]
    assert "green" in str(rows[0].spans[0].style)
    assert [row.plain for row in shown_after(f"{frame}{again}", 40)] == ["done"]


def test_a_line_goes_on_in_the_next_row() -> None:
    assert [row.plain for row in shown_after("x" * 50, 40)] == ["x" * 40, "x" * 10]


def test_pictures_have_no_path_no_day_and_no_memory_of_this_machine() -> None:
    root = "/tmp/0123456789abcd"
    assert len(root) == len(SHOWN_ROOT)
    began = datetime(2029, 11, 30, 17, 1, 0, 999, tzinfo=UTC)
    told = f"{root}/x 48.1 GB free, 2029-11-30T17:01:02.123Z \x1b[33m0:00:17 up"
    assert masked(told, root, began) == (
        f"{SHOWN_ROOT}/x 21.5 GB free, 2026-03-02T09:30:02.123Z \x1b[33m0:00:17 up"
    )
    assert masked("  17:01:04.822 INF", root, began) == "  09:30:04.822 INF"


def test_a_picture_asks_nobody_and_cuts_no_line() -> None:
    svg = drawn([Text("red", "red"), *shown_after("x" * 50, 40)], 40, "one", "title")
    assert svg.count("http") == 1
    assert "@font-face" not in svg
    assert ">red</text>" in svg
    assert "x" * 40 + "</text>" in svg
    assert ">" + "x" * 10 + "</text>" in svg
