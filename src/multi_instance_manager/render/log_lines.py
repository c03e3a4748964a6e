"""Lines of logs as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.render.foreign_text import harmless, harmless_json
from multi_instance_manager.render.marks import own
from multi_instance_manager.text.printable import printable
from multi_instance_manager.text.times import stamp_of

if TYPE_CHECKING:
    from multi_instance_manager.commands.stream.logs import Shown

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
_WIDEST = 24


class LogText(msgspec.Struct, frozen=True):
    """The format of lines: with the profile as a prefix, with times, with colours."""

    prefix: bool = True
    timestamps: bool = False
    colours: bool = False
    _prefixes: dict[str, str] = msgspec.field(default_factory=dict)

    def line(self, shown: Shown) -> str:
        """Return one line that ends with a newline."""
        line = shown.line
        before = self._before(shown.instance.profile_name) if self.prefix else ""
        if self.timestamps:
            before += f"{stamp_of(line.at_ns)} "
        said = "the engine says: " if line.source == "engine" else ""
        return f"{before}{said}{harmless(line.text)}\n"

    def make_room_for(self, profile_names: tuple[str, ...]) -> None:
        """Align the prefixes of these profiles; a later one may be wider."""
        width = max((len(printable(name)) for name in profile_names), default=0)
        for name in profile_names:
            self._add(name, min(width, _WIDEST))

    def _before(self, profile_name: str) -> str:
        if profile_name not in self._prefixes:
            widths = [len(name) for name in self._prefixes]
            self._add(profile_name, min(max(widths, default=0), _WIDEST))
        return self._prefixes[profile_name]

    def _add(self, profile_name: str, width: int) -> None:
        text = f"{printable(profile_name):<{width}} | "
        if self.colours:
            colour = _COLOURS[len(self._prefixes) % len(_COLOURS)]
            text = own(f"\x1b[{colour}m{text}\x1b[0m")
        self._prefixes[profile_name] = text


def log_line_json(shown: Shown) -> str:
    """Return one line of JSON of the schema ``multi-instance/log-line/1``."""
    from multi_instance_manager.reports.log_line import LogLineReport
    from multi_instance_manager.reports.report import line_of

    line, instance = shown.line, shown.instance
    report = LogLineReport(
        time=stamp_of(line.at_ns),
        profile=instance.profile_name,
        container=instance.container_name,
        container_id=instance.container_id,
        source=line.source,
        line=line.text,
        continued=line.continued,
    )
    return harmless_json(line_of(report))
