"""The text of a new configuration file: each setting with a comment on it. Pure."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.settings.options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WIDTH = 98
_MEANINGS = {option.key: option.meaning for option in OPTIONS}
_HEAD = (
    "multi-instance.toml: the settings of this project that differ from the defaults. "
    "A flag overrides a variable, a variable this file, and this file the default."
)
_FOOT = "All keys: `multi-instance init --sample`. In force: `multi-instance config show`."
_NOTHING = "Nothing differs yet."


class StarterSetting(msgspec.Struct, frozen=True):
    """One setting: its key, its value as TOML has it, and why it is there, in a sentence."""

    key: str
    value: str | int | float | bool | tuple[str, ...]
    reason: str

    @property
    def toml(self) -> str:
        """Return the value as TOML."""
        return json.dumps(self.value, ensure_ascii=False).replace("\x7f", "\\u007f")


def starter_text(settings: Iterable[StarterSetting]) -> str:
    """Return the file: a paragraph for each setting."""
    paragraphs = [_paragraph(setting) for setting in settings] or [_comment(_NOTHING)]
    return "\n".join([_comment(_HEAD), *paragraphs, _comment(_FOOT)])


def _paragraph(setting: StarterSetting) -> str:
    meaning = _MEANINGS[setting.key]
    is_no = setting.value is False and f"--no-{setting.key}" in _FLAGS
    told = f"false: {meaning}" if is_no else meaning
    return f"{_comment(f'{told} {setting.reason}')}{setting.key} = {setting.toml}\n"


_FLAGS = {option.flag for option in OPTIONS}


def _comment(text: str) -> str:
    return "".join(_lines(text))


def _lines(text: str) -> Iterator[str]:
    for line in textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False):
        yield f"# {line}\n"
