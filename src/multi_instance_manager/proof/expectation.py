"""What a proof is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager import contract

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.secret import Secret
    from multi_instance_manager.spec import InstanceSpec


class Expectation(msgspec.Struct, frozen=True):
    """What must be true of one instance. ``own_folders`` hold only its own profile."""

    spec: InstanceSpec
    copy: Path
    key: Secret
    own_folders: tuple[str, ...]
    application: Application


def own_folders(*, pool_visible: bool) -> tuple[str, ...]:
    """The container's folders that hold one profile alone."""
    return (contract.ACTIVE,) if pool_visible else (contract.ACTIVE, contract.SAVED)
