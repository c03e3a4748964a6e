"""One thing that an instance is launched with and that is never shown. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from multi_instance_manager.text.secret import Secret


class SecretKind(StrEnum):
    """KEY is the API key; VARIABLE and OPTION come from the extra docker arguments."""

    KEY = "key"
    VARIABLE = "env"
    OPTION = "option"


class LaunchSecret(msgspec.Struct, frozen=True):
    """``name`` may be shown: the name of a variable, or an option with its value masked."""

    kind: SecretKind
    name: str
    value: Secret
