"""The man pages: one of the program, one of each command. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.errors import EXIT_CODE_MEANINGS
from multi_instance_manager.settings.options import OPTIONS
from reference_pages import roff
from reference_pages.help_text import codes_apart
from reference_pages.manual import by_group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.settings.option import Option
    from reference_pages.manual import Manual, ManualOption

_SECTION = "1"
_FILES = (
    ("multi-instance.toml", "In the project root: the settings, and per-profile overrides."),
    ("auth_profiles/saved/*.json", "The pool: one file for each saved profile."),
    ("docker/.env", "The environment file, mounted into each container."),
    (
        ".multi-instance-runtime/",
        "Runtime copies, earlier versions of sessions, port leases, records. Private to its owner.",
    ),
)
_FURTHER_VARIABLES = (
    ("DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG", "The engine, as for the docker client."),
    ("DOCKER_TLS_VERIFY, DOCKER_CERT_PATH", "Its certificates, as for the docker client."),
)


def man_pages(program: Manual) -> dict[str, str]:
    """Return the text of each page by its file name."""
    pages = {f"{program.title}.1": _of_the_program(program)}
    for manual in program.all_below:
        pages[f"{_name(manual)}.1"] = _of_a_command(manual, program)
    return pages


def _name(manual: Manual) -> str:
    return "-".join(manual.words)


def _of_the_program(program: Manual) -> str:
    commands = (roff.item(m.title, f"{m.summary}.") for m in program.all_below)
    variables = (roff.item(o.variable, _meaning(o)) for o in OPTIONS if o.variable)
    return roff.page(
        [
            *_head(program),
            roff.section("COMMANDS"),
            *commands,
            roff.section("OPTIONS"),
            *(_option(option) for option in program.options),
            roff.section("ENVIRONMENT"),
            roff.paragraph(
                "An option overrides its variable, the variable the configuration file, and the "
                "file the default. An empty variable counts as not set."
            ),
            *variables,
            *(roff.item(name, told) for name, told in _FURTHER_VARIABLES),
            roff.section("FILES"),
            *(roff.item(name, told) for name, told in _FILES),
            *_all_exit_codes(),
            _see_also(program.below),
        ]
    )


def _meaning(option: Option) -> str:
    """Return the meaning of a variable; for a switch, with the value that has that meaning."""
    value = str(option.switch_value).lower()
    return f"`{value}`: {option.meaning}" if option.is_switch else option.meaning


def _of_a_command(manual: Manual, program: Manual) -> str:
    own = [option for option in manual.options if not option.is_setting]
    settings = by_group(manual.options)
    parts = [*_head(manual)]
    if own:
        parts += [roff.section("OPTIONS"), *(_option(option) for option in own)]
    if settings:
        parts.append(roff.section("SETTINGS"))
    for title, options in settings.items():
        parts += [roff.subsection(title), *(_option(option) for option in options)]
    if not manual.below:
        parts += _exit_codes(manual)
    if manual.examples:
        parts += [roff.section("EXAMPLES"), roff.literal(manual.examples)]
    return roff.page([*parts, _see_also((program, *manual.below))])


def _head(manual: Manual) -> Iterator[str]:
    title = roff.quoted(_name(manual).upper())
    yield '.\\" Written by `make docs` from the code.\n'
    yield f'.TH {title} {_SECTION} "" "multi\\-instance\\-manager" "User Commands"\n'
    yield ".nh\n.ad l\n"
    yield roff.section("NAME")
    yield f"{roff.plain(_name(manual))} \\- {roff.text(_uncapitalised(manual.summary))}\n"
    yield roff.section("SYNOPSIS")
    yield roff.bold(manual.usage) + "\n"
    yield roff.section("DESCRIPTION")
    for paragraph in manual.paragraphs:
        yield roff.paragraph(paragraph)
    for alias in manual.aliases:
        yield roff.paragraph(f"Also called `{manual.words[0]} {alias}`.")
    for argument in manual.arguments:
        yield roff.item(argument.shown, argument.meaning)


def _uncapitalised(summary: str) -> str:
    return summary[:1].lower() + summary[1:]


def _option(option: ManualOption) -> str:
    facts = []
    if option.default:
        facts.append(f"Default: {option.default}.")
    if option.variable:
        facts.append(f"Variable: `{option.variable}`.")
    return roff.item(option.flags, " ".join([option.meaning, *facts]))


def _exit_codes(manual: Manual) -> Iterator[str]:
    codes, rest = codes_apart(manual.exit_codes)
    if not codes and not rest:
        yield from _all_exit_codes()
        return
    yield roff.section("EXIT STATUS")
    for code, meaning in codes:
        yield roff.item(code, meaning)
    if rest:
        yield roff.paragraph(rest)


def _all_exit_codes() -> Iterator[str]:
    yield roff.section("EXIT STATUS")
    for code, meaning in EXIT_CODE_MEANINGS.items():
        yield roff.item(str(int(code)), meaning)


def _see_also(manuals: tuple[Manual, ...]) -> str:
    named = (f"\\fB{roff.plain(_name(manual))}\\fR({_SECTION})" for manual in manuals)
    return roff.section("SEE ALSO") + ",\n".join(named) + "\n"
