"""The dry run as a shell script: commands, with the plan and its causes as comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.export.private_files import Surroundings, usual_of, with_own_secrets
from multi_instance_manager.probe.host_survey import missing_mount_points
from multi_instance_manager.render.docker_run import opening_lines, operation_lines
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.survey import Survey

OPENING = "preparation"


def script_of(seen: Survey) -> dict[str, list[str]]:
    """The lines of each operation by container name, those that all rest on first."""
    settings, tree = seen.settings, seen.facts.host.tree
    options = ["--host", settings.host] if settings.host else []
    options += ["--context", settings.context] if settings.context else []
    around = Surroundings(
        settings=settings,
        layout=seen.layout,
        host=seen.facts.host,
        missing_mount_points=missing_mount_points(tree, settings.application.paths) if tree else (),
        pool_files={profile.name: profile.path for profile in seen.pool.profiles},
        client_options=tuple(options),
    )
    pending = seen.plan.pending
    specs = [operation.spec for operation in pending if operation.spec]
    usual = usual_of(specs)
    script = {OPENING: opening_lines(around, usual)} if usual else {}
    for operation in pending:
        lines, spec = operation_lines(around, operation), operation.spec
        if spec and usual and spec.secrets() != usual.secrets():
            lines = with_own_secrets(around, spec, lines)
        script[operation.container_name] = lines
    return script


def script_text(seen: Survey, script: dict[str, list[str]]) -> str:
    """The script as text; every line that is no command is a comment.

    It runs in a subshell that ends at the first failing command. Otherwise, when pasted into a
    terminal, later lines would continue without the results of earlier ones.
    """
    operations = seen.plan.operations
    lines = [
        "# dry run: nothing was touched. Pasted into a shell, these lines would make the same",
        "# containers; unlike `up` they do not wait, prove, or bring an old container back.",
    ]
    if any(finding.code == "engine" for finding in seen.findings):
        lines.append("# The engine was not reached: they assume that nothing runs there.")
    lines += [f"# {printable(operation.line())}" for operation in operations]
    if not seen.plan.pending:
        return "\n".join([*lines, "# nothing to do", ""])
    lines += ["", "(set -eu", *script.get(OPENING, [])]
    for operation in seen.plan.pending:
        lines += ["", f"# {printable(operation.line())}", *script[operation.container_name]]
    return "\n".join([*lines, ")", ""])
