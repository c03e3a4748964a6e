"""The index of the reference. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.cli.group import sections
from reference_pages.markdown import cell, page, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reference_pages.manual import Manual

_OPENING = """\
`make docs` generates the pages on commands, settings, exit codes and documents from the code, and a
test compares them. The same content as man pages is in [../man](../man/multi-instance.1): read one
with `man docs/man/multi-instance.1`, or
[install them](../how-to/install-completion-and-man-pages.md).
"""
_PAGES = (
    ("configuration.md", "Settings", "every setting: flag, variable, key of the file, default"),
    ("exit-codes.md", "Exit codes", "their meanings, and the codes of each command"),
    ("json.md", "JSON documents", "the documents for programs, with the schemas"),
    ("multi-instance.sample.toml", "A sample configuration file", "every key, with its default"),
)


def index_page(program: Manual, written_by_hand: Mapping[str, str]) -> str:
    """Return the index; ``written_by_hand`` has the titles of further pages by file."""
    pages = [(f"[{title}]({file})", told) for file, title, told in _PAGES]
    pages += [(f"[{cell(title)}]({file})", "") for file, title in written_by_hand.items()]
    return page(
        "# Reference\n",
        _OPENING,
        table(("Page", "Content"), pages),
        "## Commands\n",
        *(_section(program, title, names) for title, names in sections().items()),
    )


def _section(program: Manual, title: str, names: Sequence[str]) -> str:
    rows = (
        (f"[`{manual.title}`](commands/{manual.stem}.md)", cell(f"{manual.summary}."))
        for manual in program.all_below
        if manual.words[1] in names
    )
    return f"### {title}\n\n" + table(("Command", "What it does"), rows)
