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

    ``default`` is the text that stands for it where nothing was given (None: it is derived).
    ``metavar`` None makes it a switch; ``switch_value`` is what the switch turns the setting to.
    ``not_in_file`` is why a configuration file cannot hold it; ``elsewhere`` a variable that
    stands for it and that the engine's connection reads. ``help`` and ``shown_default`` may name
    facts of the application that the manager was made for, such as ``{application.ports.api}``:
    `meaning` and `default_text` are for people.
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

    @property
    def key(self) -> str:
        """Its key in the configuration file: the flag's name.

        A ``--no-…`` flag stands there without its ``no-``, a repeatable one in the plural.
        """
        name = self.flag.removeprefix("--").removeprefix("no-")
        return f"{name}s" if self.repeatable else name

    def turned(self, *, key_value: bool) -> bool:
        """What a switch's key in the file turns the setting to, or the other way round."""
        return key_value if self.flag.startswith("--no-") else key_value is self.switch_value

    @property
    def is_switch(self) -> bool:
        """Whether the flag stands alone, without a value."""
        return self.metavar is None

    @property
    def meaning(self) -> str:
        """What it does, as the help and the README say it."""
        return _told(self.help)

    @property
    def default_text(self) -> str:
        """The default, as the help and the README show it."""
        if self.shown_default is not None:
            return _told(self.shown_default)
        return "off" if self.is_switch else (self.default or "none")


def _told(text: str) -> str:
    """The text with the facts of the application that it names."""
    return text.format(application=builtin_application()) if "{" in text else text


def switch(name: str, flag: str, text: str, **more: Any) -> Option:
    """An option without a value."""
    default = "false" if more.get("switch_value", True) else "true"
    return Option(name, flag, text, default=default, reader=values.boolean, **more)
