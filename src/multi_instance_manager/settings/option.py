"""The shape of one option: its flag, variable, default, meaning and reader. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.settings import values

if TYPE_CHECKING:
    from collections.abc import Callable


class Option(msgspec.Struct, frozen=True):
    """One option.

    ``default`` is its text if nothing was given (None: derived). ``metavar`` None makes it a
    switch; ``switch_value`` is the value that the switch sets. ``not_in_file`` is the reason why a
    configuration file cannot hold it; ``elsewhere`` is a variable of the same meaning that the
    engine's connection reads. ``short`` is a one-letter flag. ``hidden`` marks an earlier spelling,
    which still works, and which neither help nor documentation lists. ``help`` and
    ``shown_default`` may name facts of the built-in application, such as
    ``{application.ports.api}``; `meaning` and `default_text` resolve these.
    """

    name: str
    flag: str
    help: str
    variable: str | None = None
    default: str | None = None
    metavar: str | None = None
    reader: Callable[[str], Any] = values.words
    switch_value: bool = True
    secret: bool = False
    repeatable: bool = False
    shown_default: str | None = None
    not_in_file: str | None = None
    elsewhere: str | None = None
    short: str | None = None
    hidden: bool = False

    @property
    def key(self) -> str:
        """Return its key in the configuration file: the flag's name.

        A ``--no-…`` flag loses its ``no-``, a repeatable one is in the plural.
        """
        name = self.flag.removeprefix("--").removeprefix("no-")
        return f"{name}s" if self.repeatable else name

    def turned(self, *, key_value: bool) -> bool:
        """Convert a switch's key in the file to the setting, and back."""
        return key_value if self.flag.startswith("--no-") else key_value is self.switch_value

    @property
    def is_switch(self) -> bool:
        """Whether the flag takes no value."""
        return self.metavar is None

    @property
    def meaning(self) -> str:
        """Return its meaning, for the help and the README."""
        return _told(self.help)

    @property
    def default_text(self) -> str:
        """Return the default, for the help and the README."""
        if self.shown_default is not None:
            return _told(self.shown_default)
        return "off" if self.is_switch else (self.default or "none")


def _told(text: str) -> str:
    """Fill in the facts of the application that the text names."""
    return text.format(application=builtin_application()) if "{" in text else text


def switch(name: str, flag: str, text: str, **more: Any) -> Option:
    """Return an option without a value."""
    default = "false" if more.get("switch_value", True) else "true"
    return Option(name, flag, text, default=default, reader=values.boolean, **more)
