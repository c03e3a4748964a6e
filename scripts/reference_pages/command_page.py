"""The page of one command. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference_pages.help_text import codes_apart
from reference_pages.manual import by_group
from reference_pages.markdown import block, cell, code, page, prose, table

if TYPE_CHECKING:
    from reference_pages.manual import Manual, ManualOption

_ALL_SETTINGS = "See [settings](../configuration.md) for all settings and the configuration file.\n"
_EVERYWHERE = "What each code means everywhere: [exit codes](../exit-codes.md).\n"


def command_page(manual: Manual) -> str:
    """Return the page of a command, with links to its sub-commands."""
    return page(
        f"# {manual.title}\n",
        "".join(f"Also: `{manual.words[0]} {alias}`.\n" for alias in manual.aliases),
        block([manual.usage]),
        "\n".join(f"{prose(paragraph)}\n" for paragraph in manual.paragraphs),
        _below(manual),
        _arguments(manual),
        _options("## Options", [o for o in manual.options if not o.is_setting]),
        _settings(manual),
        "" if manual.below else _exit_codes(manual),
        "## Examples\n\n" + block(manual.examples) if manual.examples else "",
    )


def _below(manual: Manual) -> str:
    if not manual.below:
        return ""
    rows = ((f"[`{m.title}`]({m.stem}.md)", cell(f"{m.summary}.")) for m in manual.below)
    return "## Commands\n\n" + table(("Command", "What it does"), rows)


def _arguments(manual: Manual) -> str:
    if not manual.arguments:
        return ""
    rows = ((code(a.shown).replace("|", "\\|"), cell(a.meaning)) for a in manual.arguments)
    return "## Arguments\n\n" + table(("Argument", "Meaning"), rows)


def _options(title: str, options: list[ManualOption]) -> str:
    if not options:
        return ""
    rows = ((_flags(o), code(o.variable or ""), cell(o.meaning), _default(o)) for o in options)
    return f"{title}\n\n" + table(("Option", "Variable", "Meaning", "Default"), rows)


def _settings(manual: Manual) -> str:
    groups = by_group(manual.options)
    if not groups:
        return ""
    tables = (_options(f"### {title}", options) for title, options in groups.items())
    return "\n".join([f"## Settings\n\n{_ALL_SETTINGS}", *tables])


def _flags(option: ManualOption) -> str:
    return code(option.flags).replace("|", "\\|")


def _default(option: ManualOption) -> str:
    return cell(option.default or "")


def _exit_codes(manual: Manual) -> str:
    codes, rest = codes_apart(manual.exit_codes)
    said = table(("Code", "Meaning"), ((c, cell(meaning)) for c, meaning in codes)) if codes else ""
    after = f"{prose(rest[:1].upper() + rest[1:])}\n" if rest else ""
    return "\n".join(part for part in ("## Exit codes\n", said, after, _EVERYWHERE) if part)
