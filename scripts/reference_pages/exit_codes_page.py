"""The page of the exit codes: their meanings, and the codes of each command. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.errors import EXIT_CODE_MEANINGS
from reference_pages.markdown import cell, page, table

if TYPE_CHECKING:
    from reference_pages.manual import Manual


def meanings() -> str:
    """Return the table of the codes, also for the README."""
    rows = ((str(int(code)), cell(text)) for code, text in EXIT_CODE_MEANINGS.items())
    return table(("Code", "Meaning"), rows)


def exit_codes_page(program: Manual) -> str:
    """Return the page with the codes, and the sentence of each command."""
    rows = (
        (f"[`{manual.title}`](commands/{manual.stem}.md)", cell(manual.exit_codes))
        for manual in program.all_below
        if manual.exit_codes and not manual.below
    )
    return page(
        "# Exit codes\n",
        meanings(),
        "With `--output json` the document has the same number in `exit_code`.\n",
        "## By command\n",
        table(("Command", "Its codes"), rows),
    )
