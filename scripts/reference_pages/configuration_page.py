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
A flag overrides its variable, the variable overrides the configuration file, and the file overrides
the default. An empty variable counts as not set. All problems are reported at once.

The configuration file is `multi-instance.toml` in the project root, or the file that `--config` or
`MULTI_INSTANCE_CONFIG` names. It is [TOML](https://toml.io). A key is the name of the flag without
its leading dashes. Relative paths start from the file's folder. Unknown keys are refused, and the
error names the nearest known key. [multi-instance.sample.toml](multi-instance.sample.toml) has
every key. `multi-instance config schema` prints a JSON schema for editors, and
`multi-instance config show` prints each value in force with its source.
"""
_OF_PROFILES = """\
`[profiles.NAME]` holds per-profile overrides of the shared settings. NAME is the profile's exact
name, in quotes if it has other characters than letters, digits, `-` and `_`. A change replaces only
that instance.
"""
_OF_APPLICATION = """\
`[application]` overrides single facts of [the definition](application.md) that comes with the
manager; `application = "FILE"` names a whole definition instead. See
[run another program](../how-to/run-another-program.md).
"""
_FOR_ONE_RUN = """\
Options for a single run belong on the command line or in a variable, not in the file.
"""
_COLUMNS = ("Key", "Type", "Flag", "Variable", "Default", "Meaning")


def configuration_page() -> str:
    """Return the page of all settings: in the file, for single profiles, and the others."""
    return page(
        "# Settings\n",
        _OPENING,
        "## Keys\n",
        table(_COLUMNS, (_row(o) for o in OPTIONS if not (o.not_in_file or o.hidden))),
        "## Keys of single profiles\n",
        _OF_PROFILES,
        table(("Key", "Type", "Default", "Meaning"), _of_profiles()),
        "## The application\n",
        _OF_APPLICATION,
        "## Not in the file\n",
        _FOR_ONE_RUN,
        table(
            ("Flag", "Variable", "Meaning", "Why not in the file"),
            (_not_in_file(option) for option in OPTIONS if option.not_in_file),
        ),
    )


def flag(option: Option) -> str:
    """Return the flag with its value, as code."""
    metavar = f" {option.metavar}" if option.metavar else ""
    return code(f"{option.flag}{metavar}").replace("|", "\\|")


def variable(option: Option) -> str:
    """Return the variable, and the value that the flag of a switch stands for."""
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
    """Return the default of the key; that of a ``--no-…`` flag is true."""
    if not option.is_switch or option.shown_default is not None:
        return option.default_text
    return str(option.turned(key_value=True) is (option.default == "true")).lower()


def _meaning(option: Option) -> str:
    return f"`false`: {option.meaning}" if option.flag.startswith("--no-") else option.meaning


def _of_profiles() -> list[tuple[str, ...]]:
    rows = [(code(o.key), _types(o), *_of_a_profile(o)) for o in PROFILE_OPTIONS]
    return [*rows, (code(ENVIRONMENT), "table of strings", "none", cell(ENVIRONMENT_HELP))]


def _of_a_profile(option: Option) -> tuple[str, str]:
    """Return the default and the meaning of a profile's key."""
    if option not in OPTIONS:
        return cell(_default(option)), cell(option.meaning)
    if option.repeatable:
        return "none", f"Like `{option.key}`, for this profile; added to the shared ones."
    return "as for all", f"Like `{option.key}`, for this profile only."


def _not_in_file(option: Option) -> tuple[str, ...]:
    return flag(option), variable(option), cell(option.meaning), cell(option.not_in_file or "")
