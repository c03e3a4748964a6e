"""What a proof is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager import contract

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.secret import Secret
    from multi_instance_manager.spec import InstanceSpec


class Expectation(msgspec.Struct, frozen=True):
    """What must be true of one instance.

    ``own_folders`` hold only its own profile, which is ``copy`` or one of ``other_copies``;
    ``empty_folders`` hold nothing. ``requires_stream``: the stream port must answer.
    """

    spec: InstanceSpec
    copy: Path
    key: Secret
    own_folders: tuple[str, ...]
    application: Application
    requires_stream: bool = False
    other_copies: Mapping[str, Path] = msgspec.field(default_factory=dict)
    empty_folders: tuple[str, ...] = ()

    @property
    def host_ports(self) -> tuple[int, ...]:
        """The host ports that the application has."""
        api, stream = self.spec.identity.api_port, self.spec.identity.stream_port
        return (api,) if self.application.ports.stream is None else (api, stream)


def own_folders(*, pool_visible: bool) -> tuple[str, ...]:
    """The container's folders that hold one profile alone."""
    return (contract.ACTIVE,) if pool_visible else (contract.ACTIVE, contract.SAVED)
