"""The tables of the README, between its marks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.settings.options import SEED_OPTIONS
from reference_pages.configuration_page import flag, variable
from reference_pages.exit_codes_page import meanings
from reference_pages.markdown import cell, table

if TYPE_CHECKING:
    from multi_instance_manager.settings.option import Option
    from reference_pages.manual import Manual

_COLUMNS = ("Option", "Variable", "Meaning", "Default")


def with_tables(text: str, program: Manual) -> str:
    """Return the README with every table regenerated."""
    for name, content in _tables(program).items():
        opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = text.partition(opening)
        _, closed, after = rest.partition(closing)
        if not found or not closed:
            raise SystemExit(f"README.md: needs a block {name}")
        text = f"{before}{opening}{content}{closing}{after}"
    return text


def _tables(program: Manual) -> dict[str, str]:
    return {
        "commands": _commands(program),
        "options": _options(SEED_OPTIONS),
        "exit-codes": meanings(),
    }


def _options(options: tuple[Option, ...]) -> str:
    rows = ((flag(o), variable(o), cell(o.meaning), cell(o.default_text)) for o in options)
    return table(_COLUMNS, rows)


def _commands(program: Manual) -> str:
    rows = (
        (f"[`{manual.words[-1]}`](docs/reference/commands/{manual.stem}.md)", cell(manual.summary))
        for manual in program.below
    )
    return table(("Command", "What it does"), rows)
