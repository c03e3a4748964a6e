"""An export: its files, what they are made of, and what is lost. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.export.losses import Loss
    from multi_instance_manager.export.private_files import Surroundings
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.text.secret import Secret

WITH_SECRETS = "export again with --with-secrets"


class ExportFormat(StrEnum):
    """The tools that an export can be for."""

    COMPOSE = "compose"
    QUADLET = "quadlet"
    KUBERNETES = "kubernetes"
    STACK = "stack"


class Ingredient(msgspec.Struct, frozen=True):
    """The wanted instances, and all facts about them that their specs do not have.

    ``logins`` by profile name, and ``environment_file``, are contents: only there for a format that
    writes them down, and only ``with_secrets``.
    """

    around: Surroundings
    specs: tuple[InstanceSpec, ...]
    with_secrets: bool = False
    logins: Mapping[str, Secret] = msgspec.field(default_factory=dict)
    environment_file: Secret | None = None

    @property
    def stop_timeout_s(self) -> int:
        """How long an instance may take to end, in whole seconds."""
        return round(self.around.settings.timeouts.stop_timeout_s)


class ExportedFile(msgspec.Struct, frozen=True):
    """One file, by its name in the folder; a secret one is for its owner only."""

    name: str
    text: str
    is_secret: bool = False

    def __repr__(self) -> str:
        return f"ExportedFile({self.name!r})"


class Export(msgspec.Struct, frozen=True):
    """All files of an export, and what is lost in them."""

    files: tuple[ExportedFile, ...]
    losses: tuple[Loss, ...]
