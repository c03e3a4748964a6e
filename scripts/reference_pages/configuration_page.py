"""The page of the settings: every key of the configuration file, its flag and variable. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.settings.file_keys import types_of
from multi_instance_manager.settings.options import OPTIONS
from multi_instance_manager.settings.override import ENVIRONMENT, ENVIRONMENT_HELP, PROFILE_OPTIONS
from reference_pages.markdown import cell, code, page, table

if TYPE_CHECKING:
    from multi_instance_manager.settings.option import Option

_OPENING = """\
A flag beats its variable, a variable the configuration file, the file the default. A variable that
is empty counts as not set. All that is wrong is told in one report.

The configuration file is `multi-instance.toml` in the project root, or the one that `--config` or
`MULTI_INSTANCE_CONFIG` names. It is [TOML](https://toml.io). A key is the name of the flag without
its dashes. Relative paths are taken from the file's folder. A key that is not known is refused,
with the nearest one that is. [multi-instance.sample.toml](multi-instance.sample.toml) has every
key; `multi-instance config schema` prints a JSON schema for editors, and
`multi-instance config show` each value in force with where it came from.
"""
_OF_PROFILES = """\
Under `[profiles.NAME]`, where NAME is the profile's exact name (in quotes where it has other
characters than letters, digits, `-` and `_`), stand the settings of one profile that differ from
the shared ones. A change replaces that instance alone.
"""
_OF_APPLICATION = """\
Under `[application]` stand facts of the application that differ from
[the definition](application.md) that comes with the manager; `application = "FILE"` names a whole
definition instead. The how-to is [run another program](../how-to/run-another-program.md).
"""
_FOR_ONE_RUN = """\
What is meant for one run stands on the command line, or in a variable, and in no file.
"""
_COLUMNS = ("Key", "Type", "Flag", "Variable", "Default", "Meaning")


def configuration_page() -> str:
    """All settings: those that a file can hold, those of single profiles, and the others."""
    return page(
        "# Settings\n",
        _OPENING,
        "## Keys\n",
        table(_COLUMNS, (_row(option) for option in OPTIONS if not option.not_in_file)),
        "## Keys of single profiles\n",
        _OF_PROFILES,
        table(("Key", "Type", "Default", "Meaning"), _of_profiles()),
        "## The application\n",
        _OF_APPLICATION,
        "## Not in the file\n",
        _FOR_ONE_RUN,
        table(
            ("Flag", "Variable", "Meaning", "Why it is in no file"),
            (_not_in_file(option) for option in OPTIONS if option.not_in_file),
        ),
    )


def flag(option: Option) -> str:
    """The flag with its value, as code."""
    metavar = f" {option.metavar}" if option.metavar else ""
    return code(f"{option.flag}{metavar}").replace("|", "\\|")


def variable(option: Option) -> str:
    """The variable, and what the flag of a switch turns it to."""
    name = option.variable or option.elsewhere or ""
    word = f" (`{str(option.switch_value).lower()}`)" if option.is_switch and name else ""
    return code(name) + word


def _row(option: Option) -> tuple[str, ...]:
    named = code(option.key), _types(option), flag(option), variable(option)
    return (*named, cell(_default(option)), cell(_meaning(option)))


def _types(option: Option) -> str:
    named = {"array": "list of strings"}
    return " or ".join(named.get(kind, kind) for kind in types_of(option))


def _default(option: Option) -> str:
    """The default of the key: a ``--no-…`` flag's key is true, where nothing is said."""
    if not option.is_switch or option.shown_default is not None:
        return option.default_text
    return str(option.turned(key_value=True) is (option.default == "true")).lower()


def _meaning(option: Option) -> str:
    return f"`false`: {option.meaning}" if option.flag.startswith("--no-") else option.meaning


def _of_profiles() -> list[tuple[str, ...]]:
    rows = [(code(o.key), _types(o), *_of_a_profile(o)) for o in PROFILE_OPTIONS]
    return [*rows, (code(ENVIRONMENT), "table of strings", "none", cell(ENVIRONMENT_HELP))]


def _of_a_profile(option: Option) -> tuple[str, str]:
    """The default and the meaning of a profile's key."""
    if option not in OPTIONS:
        return cell(_default(option)), cell(option.meaning)
    if option.repeatable:
        return "none", f"As `{option.key}` for all, on top of those."
    return "as for all", f"As `{option.key}` for all, of this profile alone."


def _not_in_file(option: Option) -> tuple[str, ...]:
    return flag(option), variable(option), cell(option.meaning), cell(option.not_in_file or "")
