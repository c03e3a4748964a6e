"""The index of the reference. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference_pages.markdown import cell, page, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reference_pages.manual import Manual

_OPENING = """\
Commands, settings, exit codes and documents are written from the code by `make docs`, and a test
compares the two. The same as man pages: [../man](../man/multi-instance.1), to be read with
`man docs/man/multi-instance.1`;
[how to install them](../how-to/install-completion-and-man-pages.md).
"""
_PAGES = (
    ("configuration.md", "Settings", "every setting: flag, variable, key of the file, default"),
    ("exit-codes.md", "Exit codes", "what each means, and which each command gives"),
    ("json.md", "JSON documents", "what programs read, with the schemas"),
    ("multi-instance.sample.toml", "A sample configuration file", "every key, with its default"),
)


def index_page(program: Manual, written_by_hand: Mapping[str, str]) -> str:
    """The pages and the commands; ``written_by_hand`` has the titles of further pages by file."""
    commands = (
        (f"[`{manual.title}`](commands/{manual.stem}.md)", cell(f"{manual.summary}."))
        for manual in program.all_below
    )
    pages = [(f"[{title}]({file})", told) for file, title, told in _PAGES]
    pages += [(f"[{cell(title)}]({file})", "") for file, title in written_by_hand.items()]
    return page(
        "# Reference\n",
        _OPENING,
        table(("Page", "What it has"), pages),
        "## Commands\n",
        table(("Command", "What it does"), commands),
    )
