"""Why an operation is planned: a code with fields, and the one place that words it. Pure.

Code chooses by ``code``; the words are for people. A cause has the names of variables and options,
never their values: labels and the private record keep digests only.
"""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class CauseCode(StrEnum):
    """The kinds of cause, in the order of their words below."""

    UNCHANGED = auto()
    ASKED_FOR = auto()
    RECREATE = auto()
    RUNS_ALREADY = auto()
    IN_STATE = auto()
    ONLY_FILES = auto()
    PROFILE_IS_NEW = auto()
    NO_CONTAINER = auto()
    CONTAINER_GONE = auto()
    NEVER_STARTED = auto()
    KEEPS_RESTARTING = auto()
    STOP_CUT_SHORT = auto()
    QUARANTINED = auto()
    CONTAINER_UNUSABLE = auto()
    EARLIER_SCRIPT = auto()
    RENAMED = auto()
    REPLACEMENT_INTERRUPTED = auto()
    REPLACEMENT_UNPROVEN = auto()
    PREDECESSOR_LEFT = auto()
    PROFILE_GONE = auto()
    PROFILE_UNUSABLE = auto()
    PROFILE_DISABLED = auto()
    OTHER_NAME = auto()
    OWNER_REPLACED = auto()
    COPY_DAMAGED = auto()
    COPY_LOST_LOGIN = auto()
    COPY_GONE = auto()
    FOLDER_REPLACED = auto()
    LABELS_INCOMPLETE = auto()
    OTHER_VERSION = auto()
    IMAGE_CHANGED = auto()
    PART_CHANGED = auto()
    PART_GONE = auto()
    EXTRA_CHANGED = auto()
    OPTION_CHANGED = auto()
    OPTION_GONE = auto()
    RECORDS_GONE = auto()
    KEY_CHANGED = auto()
    VARIABLE_CHANGED = auto()
    PROXY_CHANGED = auto()
    ENV_FILE_CHANGED = auto()
    SECRET_CHANGED = auto()
    ENGINE_CHANGED = auto()
    ENGINE_ADDED = auto()
    CAPABILITIES_ADDED = auto()
    NETWORK_CONNECTED = auto()
    NETWORK_DISCONNECTED = auto()
    NETWORK_REMOVED = auto()
    NETWORK_REMADE = auto()
    UNREACHABLE = auto()


class Cause(msgspec.Struct, frozen=True):
    """One cause.

    ``names`` are of what it is about: variables, options, parts of a spec, networks. ``before`` and
    ``after`` are what was there and what is wanted, or found; either may be empty. Of an image,
    they are its IDs, and ``names`` its name then and now.
    """

    code: CauseCode
    names: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


SHARED_CHANGES = frozenset({CauseCode.IMAGE_CHANGED, CauseCode.ENV_FILE_CHANGED})
"""What all instances get at once: a mistake in it breaks each of them."""

UNCHANGED = Cause(CauseCode.UNCHANGED)
ASKED_FOR = Cause(CauseCode.ASKED_FOR)

_SHORT_ID = 12
_NAMES_EXTRA = frozenset(
    {CauseCode.OPTION_CHANGED, CauseCode.VARIABLE_CHANGED, CauseCode.PROXY_CHANGED}
)
_WORDS: Mapping[CauseCode, str] = {
    CauseCode.UNCHANGED: "unchanged",
    CauseCode.ASKED_FOR: "asked for",
    CauseCode.RECREATE: "asked for with --recreate",
    CauseCode.RUNS_ALREADY: "runs already",
    CauseCode.IN_STATE: "is {after}",
    CauseCode.ONLY_FILES: "has private files and no container",
    CauseCode.PROFILE_IS_NEW: "profile is new",
    CauseCode.NO_CONTAINER: "has no container",
    CauseCode.CONTAINER_GONE: "its container is gone",
    CauseCode.NEVER_STARTED: "was created but never started",
    CauseCode.KEEPS_RESTARTING: "keeps restarting",
    CauseCode.STOP_CUT_SHORT: "was being stopped when an earlier run was cut short",
    CauseCode.QUARANTINED: "{after}",
    CauseCode.CONTAINER_UNUSABLE: "its container is {after}",
    CauseCode.EARLIER_SCRIPT: "was started by the earlier script",
    CauseCode.RENAMED: "was renamed from {before}",
    CauseCode.REPLACEMENT_INTERRUPTED: "an earlier replacement was interrupted",
    CauseCode.REPLACEMENT_UNPROVEN: "its replacement is not proven yet",
    CauseCode.PREDECESSOR_LEFT: "its predecessor is still there",
    CauseCode.PROFILE_GONE: "profile is gone",
    CauseCode.PROFILE_UNUSABLE: "its profile cannot be used",
    CauseCode.PROFILE_DISABLED: "its profile is disabled in the configuration",
    CauseCode.OTHER_NAME: "does not bear the name of its profile's container",
    CauseCode.OWNER_REPLACED: "profile was replaced in the pool",
    CauseCode.COPY_DAMAGED: "its runtime copy is damaged",
    CauseCode.COPY_LOST_LOGIN: "its runtime copy has lost the login",
    CauseCode.COPY_GONE: "its runtime copy is gone",
    CauseCode.FOLDER_REPLACED: "its session's folder was replaced under it",
    CauseCode.LABELS_INCOMPLETE: "its labels are incomplete",
    CauseCode.OTHER_VERSION: "was made by another version of the manager",
    CauseCode.IMAGE_CHANGED: "image changed",
    CauseCode.PART_CHANGED: "{names} changed",
    CauseCode.PART_GONE: "{names} is no longer set",
    CauseCode.EXTRA_CHANGED: "extra docker arguments changed",
    CauseCode.OPTION_CHANGED: "option {names} changed",
    CauseCode.OPTION_GONE: "option {names} is no longer set",
    CauseCode.RECORDS_GONE: "its private records are gone",
    CauseCode.KEY_CHANGED: "API key changed",
    CauseCode.VARIABLE_CHANGED: "environment changed: {names}",
    CauseCode.PROXY_CHANGED: "proxy of the docker client changed: {names}",
    CauseCode.ENV_FILE_CHANGED: "content of the environment file changed",
    CauseCode.SECRET_CHANGED: (
        "API key, an extra variable or option, or a proxy of the client changed"
    ),
    CauseCode.ENGINE_CHANGED: "{names} was changed on the engine",
    CauseCode.ENGINE_ADDED: "{names} was added on the engine",
    CauseCode.CAPABILITIES_ADDED: "capabilities were added on the engine: {names}",
    CauseCode.NETWORK_CONNECTED: "network {names} was connected on the engine",
    CauseCode.NETWORK_DISCONNECTED: "network {names} was disconnected on the engine",
    CauseCode.NETWORK_REMOVED: "its network {names} was removed",
    CauseCode.NETWORK_REMADE: "its network {names} was removed and made again",
    CauseCode.UNREACHABLE: "no port of this machine leads to it",
}


def cause_text(cause: Cause) -> str:
    """The cause in words that follow the name of its instance."""
    if cause.code is CauseCode.IMAGE_CHANGED:
        return f"{_WORDS[cause.code]}: {_image_change(cause)}"
    names = ", ".join(cause.names)
    if cause.code is CauseCode.ENV_FILE_CHANGED and names:
        return _WORDS[CauseCode.VARIABLE_CHANGED].format(names=names)
    text = _WORDS[cause.code].format(names=names, before=cause.before, after=cause.after)
    return f"{text}: {cause.before} → {cause.after}" if cause.before and cause.after else text


def causes_text(causes: Iterable[Cause]) -> str:
    """Several causes in one line."""
    return ", ".join(map(cause_text, causes))


def without_repeats(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Each cause once; the general one about extra arguments goes where another names them."""
    found = tuple(dict.fromkeys(causes))
    if not any(cause.code in _NAMES_EXTRA for cause in found):
        return found
    return tuple(cause for cause in found if cause.code is not CauseCode.EXTRA_CHANGED)


def lost_network(name: str, known: Mapping[str, str] | None) -> Cause:
    """The cause for a network that is not there any more; ``known`` as `lost_networks` takes it."""
    made_again = name in (known or {}).values()
    code = CauseCode.NETWORK_REMADE if made_again else CauseCode.NETWORK_REMOVED
    return Cause(code, (name,))


def _image_change(cause: Cause) -> str:
    """Names and short IDs: ``proxy:1 (ab12cd34ef56) → proxy:2 (cd34ef56ab12)``."""
    ids = (cause.before, cause.after)
    return " → ".join(map(_image_text, cause.names, ids))


def _image_text(name: str, image_id: str) -> str:
    """An engine calls an image whose name has moved on by its ID, whole or in part."""
    bare = image_id.removeprefix("sha256:")
    if not bare:
        return f"{name} (does not exist)"
    short = bare[:_SHORT_ID]
    is_id = bare[:_SHORT_ID] == name.removeprefix("sha256:")[:_SHORT_ID]
    return short if is_id or not name else f"{name} ({short})"
