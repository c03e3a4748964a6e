"""Writes the tables of the README out of the code: options, variables, exit codes.

``--check`` changes nothing and says whether the README is up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from multi_instance_manager.errors import EXIT_CODE_MEANINGS
from multi_instance_manager.settings.options import MORE_OPTIONS, SEED_OPTIONS, Option

README = Path(__file__).resolve().parents[1] / "README.md"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


def _row(option: Option) -> str:
    metavar = f" {option.metavar}" if option.metavar else ""
    flag = f"`{option.flag}{metavar}`".replace("|", "\\|")
    variable = f"`{option.variable}`" if option.variable else ""
    if option.is_switch and option.variable:
        variable += f" (`{str(option.switch_value).lower()}`)"
    return f"| {flag} | {variable} | {_cell(option.help)} | {_cell(option.default_text)} |"


def _options(options: tuple[Option, ...]) -> str:
    head = "| Option | Variable | Meaning | Default |\n| --- | --- | --- | --- |\n"
    return head + "\n".join(_row(option) for option in options)


def _exit_codes() -> str:
    head = "| Code | Meaning |\n| --- | --- |\n"
    rows = (f"| {int(code)} | {_cell(text)} |" for code, text in EXIT_CODE_MEANINGS.items())
    return head + "\n".join(rows)


def blocks() -> dict[str, str]:
    """The generated text of each marked block, by its name."""
    return {
        "options": _options(SEED_OPTIONS),
        "more-options": _options(MORE_OPTIONS),
        "exit-codes": _exit_codes(),
    }


def with_blocks(text: str) -> str:
    """The text with every marked block written anew."""
    for name, content in blocks().items():
        opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = text.partition(opening)
        _, closed, after = rest.partition(closing)
        if not found or not closed:
            raise SystemExit(f"README.md: needs a block {name}")
        text = f"{before}{opening}{content}\n{closing}{after}"
    return text


def main() -> None:
    """Write the README, or with ``--check`` only compare."""
    text = README.read_text(encoding="utf-8")
    wanted = with_blocks(text)
    if "--check" in sys.argv:
        raise SystemExit(0 if wanted == text else "README.md: is behind the code; run `make docs`")
    README.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
