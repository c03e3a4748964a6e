"""Which secrets an instance was launched with: by digest, in a private file beside its key.

Labels and dry runs show nothing of them. The file has a line with the digest of the secret
variables and, where an environment file is mounted, a line with that file's; each is what
``sha256sum`` prints, so that the lines of a dry run can write it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.digest import digest_of
from multi_instance_manager.plan import ENVIRONMENT_CHANGED
from multi_instance_manager.private_files import CLOSED_FILE, make_dir, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from multi_instance_manager.spec import InstanceSpec
    from multi_instance_manager.state_layout import StateLayout

_SUFFIX = "  -\n"


def record_text(spec: InstanceSpec) -> str:
    """The content of the record of an instance."""
    lines = "".join(f"{name}={value}\n" for name, value in spec.secrets())
    digests = [digest_of(lines.encode(errors="surrogateescape"))]
    if spec.env_digest:
        digests.append(spec.env_digest)
    return "".join(digest + _SUFFIX for digest in digests)


def write_secret_record(layout: StateLayout, spec: InstanceSpec) -> None:
    """Keep the record of what an instance is about to be launched with."""
    path = layout.secret_record(spec.container_name)
    make_dir(layout, path.parent)
    write_atomic(path, record_text(spec).encode(), like=None, mode=CLOSED_FILE)


def secret_changes(record: Path, spec: InstanceSpec) -> tuple[str, ...]:
    """What has changed since the record was written, in words and without any value."""
    try:
        before = record.read_text(errors="replace").splitlines()
    except OSError:
        return ("its private records are gone",)
    after = record_text(spec).splitlines()
    causes = []
    if before[:1] != after[:1]:
        causes.append("API key, an extra variable or option, or a proxy of the client changed")
    if before[1:] != after[1:]:
        causes.append(ENVIRONMENT_CHANGED)
    return tuple(causes)
