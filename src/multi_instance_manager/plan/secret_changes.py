"""Records what an instance is launched with and must not be shown, and names what changed. Pure.

The record holds a salted digest under each name, so that a change is named and no value is kept::

    v2 SALT
    env GREETING
    DIGEST  -

Each digest is what ``sha256sum`` prints for two lines, the salt and the value, so that the lines of
a dry run can write it too. The line ``env-file`` has the digest of the environment file as it is;
``file`` lines name its variables, as far as they are known. A record of an earlier version has one
digest of all secrets and one of the file: what changed cannot be named then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.plan.causes import Cause, CauseCode
from multi_instance_manager.plan.launch_secret import SecretKind
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from multi_instance_manager.plan.launch_secret import LaunchSecret
    from multi_instance_manager.plan.spec import InstanceSpec

VERSION = "v2"
ENV_FILE = "env-file"
_FILE_VARIABLE = "file"
_SUFFIX = "  -"


class SecretRecord(msgspec.Struct, frozen=True):
    """A salt, and the digests by kind and name."""

    salt: str
    digests: Mapping[str, str]

    def text(self) -> str:
        """The content of the file."""
        pairs = (f"{title}\n{digest}{_SUFFIX}\n" for title, digest in self.digests.items())
        return f"{VERSION} {self.salt}\n{''.join(pairs)}"

    def names(self, kind: str) -> frozenset[str]:
        """The names that it has of one kind, escaped as in the record."""
        pairs = (title.partition(" ") for title in self.digests)
        return frozenset(name for found, _, name in pairs if found == kind)


def title_of(secret: LaunchSecret) -> str:
    """The line before the digest of a secret."""
    return _title(secret.kind, secret.name)


def record_of(spec: InstanceSpec, salt: str) -> SecretRecord:
    """The record of an instance."""
    found = {title_of(one): _digest(salt, one.value.reveal()) for one in spec.secrets()}
    if spec.env_digest:
        found[ENV_FILE] = spec.env_digest
        for name, value in spec.env_variables:
            found[_title(_FILE_VARIABLE, name)] = _digest(salt, value.reveal())
    return SecretRecord(salt, found)


def secret_changes(text: str | None, spec: InstanceSpec) -> tuple[Cause, ...]:
    """What has changed since the record was written, without any value."""
    if text is None:
        return (Cause(CauseCode.RECORDS_GONE),)
    before = _parsed(text)
    if before is None:
        return _changes_since_older(text, spec)
    after = record_of(spec, before.salt)
    return (*_of_secrets(before, after, spec.extra.proxies), *_of_file(before, after))


def _of_secrets(
    before: SecretRecord, after: SecretRecord, proxies: Iterable[str]
) -> tuple[Cause, ...]:
    variables = _changed_names(SecretKind.VARIABLE, before, after)
    of_client = variables & {_escaped(name) for name in proxies}
    options = {name.partition("=")[0] for name in _changed_names(SecretKind.OPTION, before, after)}
    causes = [Cause(CauseCode.OPTION_CHANGED, (flag,)) for flag in sorted(options)]
    if _changed_names(SecretKind.KEY, before, after):
        causes.insert(0, Cause(CauseCode.KEY_CHANGED))
    if own := variables - of_client:
        causes.append(Cause(CauseCode.VARIABLE_CHANGED, tuple(sorted(own))))
    if of_client:
        causes.append(Cause(CauseCode.PROXY_CHANGED, tuple(sorted(of_client))))
    return tuple(causes)


def _of_file(before: SecretRecord, after: SecretRecord) -> tuple[Cause, ...]:
    """Without names where the record has none, and where no variable changed but the text."""
    was, becomes = before.digests.get(ENV_FILE), after.digests.get(ENV_FILE)
    if was == becomes:
        return ()
    are_named = was and becomes and before.names(_FILE_VARIABLE)
    names = _changed_names(_FILE_VARIABLE, before, after) if are_named else ()
    return (Cause(CauseCode.ENV_FILE_CHANGED, tuple(sorted(names))),)


def _changed_names(kind: str, before: SecretRecord, after: SecretRecord) -> frozenset[str]:
    def differs(name: str) -> bool:
        title = f"{kind} {name}"
        return before.digests.get(title) != after.digests.get(title)

    return frozenset(filter(differs, before.names(kind) | after.names(kind)))


def _parsed(text: str) -> SecretRecord | None:
    """None for a record of an earlier version."""
    first, *lines = text.split("\n")
    version, _, salt = first.partition(" ")
    if version != VERSION:
        return None
    digests = (line.removesuffix(_SUFFIX) for line in lines[1::2])
    return SecretRecord(salt, dict(zip(lines[::2], digests, strict=False)))


def _changes_since_older(text: str, spec: InstanceSpec) -> tuple[Cause, ...]:
    lines = "".join(f"{one.name}={one.value.reveal()}\n" for one in spec.secrets())
    after = [digest_of(lines.encode(errors="surrogateescape"))]
    after += [spec.env_digest] if spec.env_digest else []
    before = [line.removesuffix(_SUFFIX) for line in text.splitlines()]
    causes = []
    if before[:1] != after[:1]:
        causes.append(Cause(CauseCode.SECRET_CHANGED))
    if before[1:] != after[1:]:
        causes.append(Cause(CauseCode.ENV_FILE_CHANGED))
    return tuple(causes)


def _title(kind: str, name: str) -> str:
    return f"{kind} {_escaped(name)}"


def _escaped(name: str) -> str:
    """The name on one line of plain characters."""
    return name.encode("unicode_escape").decode("ascii")


def _digest(salt: str, value: str) -> str:
    return digest_of(f"{salt}\n{value}\n".encode(errors="surrogateescape"))
