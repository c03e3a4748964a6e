"""Writes what is made of the code: the README's tables, the reference pages, the man pages.

``--check`` changes nothing and says what is behind. A command that is registered and cannot be
imported ends either with an error.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from multi_instance_manager.settings.sample import sample_text
from reference_pages.application_page import application_page
from reference_pages.command_page import command_page
from reference_pages.configuration_page import configuration_page
from reference_pages.exit_codes_page import exit_codes_page
from reference_pages.index_page import index_page
from reference_pages.json_page import json_page
from reference_pages.man_page import man_pages
from reference_pages.manual import whole_manual
from reference_pages.readme_tables import with_tables

if TYPE_CHECKING:
    from reference_pages.manual import Manual

REPOSITORY = Path(__file__).resolve().parents[1]
README = REPOSITORY / "README.md"
REFERENCE = REPOSITORY / "docs" / "reference"
COMMANDS = REFERENCE / "commands"
MAN = REPOSITORY / "docs" / "man"


def pages(program: Manual) -> dict[Path, str]:
    """Every file that is wholly or partly made of the code."""
    made = {
        REFERENCE / "application.md": application_page(),
        REFERENCE / "configuration.md": configuration_page(),
        REFERENCE / "exit-codes.md": exit_codes_page(program),
        REFERENCE / "json.md": json_page(),
        REFERENCE / "multi-instance.sample.toml": sample_text(),
        **{COMMANDS / f"{m.stem}.md": command_page(m) for m in program.all_below},
        **{MAN / name: text for name, text in man_pages(program).items()},
    }
    index = REFERENCE / "README.md"
    others = sorted({*REFERENCE.glob("*.md")} - {index, *made})
    return {
        README: with_tables(README.read_text(encoding="utf-8"), program),
        index: index_page(program, {path.name: _title(path) for path in others}),
        **made,
    }


def _title(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def left_over(wanted: dict[Path, str]) -> set[Path]:
    """Pages of commands that are no more."""
    return {*COMMANDS.glob("*.md"), *MAN.glob("*.1")} - wanted.keys()


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main() -> None:
    """Write them all, or with ``--check`` only compare."""
    wanted = pages(whole_manual())
    behind = sorted(path for path, text in wanted.items() if not _is(path, text))
    gone = sorted(left_over(wanted))
    if "--check" in sys.argv:
        named = [str(path.relative_to(REPOSITORY)) for path in behind + gone]
        told = f"{', '.join(named)}: behind the code; run `make docs`"
        raise SystemExit(told if named else 0)
    for path in behind:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    for path in gone:
        path.unlink()


if __name__ == "__main__":
    main()
