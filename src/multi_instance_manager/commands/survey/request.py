"""What a command was asked: settings, environment, and about which profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.state.layout import StateLayout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.settings.model import Settings


class Request(msgspec.Struct, frozen=True):
    """What a command was asked: about which profiles (names and globs; none means all)."""

    settings: Settings
    environment: Mapping[str, str]
    patterns: tuple[str, ...] = ()

    @property
    def layout(self) -> StateLayout:
        """The fleet's files."""
        return StateLayout(self.settings.state_dir, self.settings.container_prefix)
