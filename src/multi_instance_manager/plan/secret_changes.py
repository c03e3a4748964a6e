"""Which secrets an instance is launched with, by digest, and what has changed of them. Pure.

Labels and dry runs show nothing of them. The record has a line with the digest of the secret
variables and, if an environment file is mounted, a line with that file's; each is what
``sha256sum`` prints, so that the lines of a dry run can write it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.plan.causes import Cause, CauseCode
from multi_instance_manager.text.digest import digest_of

if TYPE_CHECKING:
    from multi_instance_manager.plan.spec import InstanceSpec

_SUFFIX = "  -\n"


def record_text(spec: InstanceSpec) -> str:
    """The content of the record of an instance."""
    lines = "".join(f"{name}={value}\n" for name, value in spec.secrets())
    digests = [digest_of(lines.encode(errors="surrogateescape"))]
    if spec.env_digest:
        digests.append(spec.env_digest)
    return "".join(digest + _SUFFIX for digest in digests)


def secret_changes(record: str | None, spec: InstanceSpec) -> tuple[Cause, ...]:
    """What has changed since the record was written, without any value."""
    if record is None:
        return (Cause(CauseCode.RECORDS_GONE),)
    before, after = record.splitlines(), record_text(spec).splitlines()
    causes = []
    if before[:1] != after[:1]:
        causes.append(Cause(CauseCode.SECRET_CHANGED))
    if before[1:] != after[1:]:
        causes.append(Cause(CauseCode.ENV_FILE_CHANGED))
    return tuple(causes)
