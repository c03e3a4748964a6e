"""The script that prepares what the exported files expect, and the file of the secrets. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.export.exported import WITH_SECRETS, ExportedFile
from multi_instance_manager.export.private_files import (
    mount_point_lines,
    preparing_lines,
    secret_lines,
    usual_of,
    with_own_secrets,
)
from multi_instance_manager.text.shell_words import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from multi_instance_manager.export.exported import Ingredient
    from multi_instance_manager.export.private_files import Surroundings
    from multi_instance_manager.export.wanted import Wanted

SCRIPT, SECRETS = "prepare.sh", "secrets.sh"
_OPENING = f"""\
#!/usr/bin/env bash
# Run it on this machine before the first start: bash {SCRIPT}
# It writes the private files of each instance, as `multi-instance up` does. A runtime copy that is
# there already stays: it may hold a newer session than the pool.
set -eu
secrets=$(dirname "$0")/{SECRETS}
[ ! -e "$secrets" ] || . "$secrets"
"""


def preparation(
    given: Ingredient,
    instances: Sequence[Wanted],
    more: Callable[[Wanted], list[str]] = lambda _: [],
) -> tuple[ExportedFile, ...]:
    """Return the script, and the secrets if they are asked for.

    ``more`` gives further lines for an instance; its secrets are in shell variables there.
    """
    around = replace(
        given.around,
        otherwise=WITH_SECRETS,
        settings=replace(given.around.settings, show_secrets=False),
    )
    files = (ExportedFile(SCRIPT, _script(around, instances, more)),)
    secrets = _secrets(instances) if given.with_secrets else ""
    return (*files, ExportedFile(SECRETS, secrets, is_secret=True)) if secrets else files


def _script(
    around: Surroundings, instances: Sequence[Wanted], more: Callable[[Wanted], list[str]]
) -> str:
    usual = usual_of([one.spec for one in instances])
    lines = secret_lines(around, usual) if usual else []
    lines.append(f"mkdir -p -m 700 {quote(str(around.layout.top))}")
    if any(m.source == around.host.tree for one in instances for m in one.spec.mounts):
        lines += mount_point_lines(around, "mkdir -p")
    for one in instances:
        own = [*_private_files(around, one), *more(one)]
        is_usual = usual is not None and one.spec.secrets() == usual.secrets()
        lines += ["", *(own if is_usual else with_own_secrets(around, one.spec, own))]
    return _OPENING + "".join(f"{line}\n" for line in lines)


def _private_files(around: Surroundings, one: Wanted) -> list[str]:
    copy = around.layout.copy(one.spec.container_name, one.spec.profile_name)
    lines = (f"  {line}" for line in preparing_lines(around, one.spec))
    return [f"if [ ! -e {quote(str(copy))} ]; then", *lines, "fi"]


def _secrets(instances: Sequence[Wanted]) -> str:
    held = {secret.reference: secret.value for one in instances for secret in one.secrets}
    lines = [f"export {name}={quote(value.reveal())}\n" for name, value in held.items()]
    heading = "# The secrets of the instances, for a shell: . ./secrets.sh\n"
    return heading + "".join(lines) if lines else ""
