"""Checks of this host: paths, what the shared tree shows, the state folder, the key. Pure."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from multi_instance_manager.findings import Finding, error, warning
from multi_instance_manager.plan import mounts
from multi_instance_manager.plan.plan import OperationKind
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from multi_instance_manager.plan.plan import Plan
    from multi_instance_manager.probe.host_facts import HostFacts
    from multi_instance_manager.settings.model import Settings

_SPARE_DISK_BYTES = 1024**2


def check_host(settings: Settings, facts: HostFacts) -> list[Finding]:
    """What is wrong with the paths on this host. Without a root, nothing else is looked at."""
    if facts.root_fault:
        return check_root(settings, facts.root_fault)
    return [
        *_check_paths(settings, facts),
        *_check_tree(facts),
        *_check_visibility(settings, facts),
        *_check_environment_file(settings, facts),
    ]


def _check_paths(settings: Settings, facts: HostFacts) -> list[Finding]:
    """The engine is spoken to in JSON: what is not UTF-8 would reach it as another path."""
    paths = (settings.project_root, settings.state_dir, settings.docker_env_file)
    texts = {str(path) for path in (*paths, facts.host.tree, facts.host.pool_dir)}
    wrong: list[str] = []
    for text in sorted(texts):
        if not _is_utf8(text) and not any(text.startswith(f"{outer}/") for outer in wrong):
            wrong.append(text)
    fact, step = "is not UTF-8, and the engine takes no other paths", "rename what is not"
    return [error("not-utf8", f"path {printable(text)}", fact, step) for text in wrong]


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_root(settings: Settings, fault: str | None) -> list[Finding]:
    """Whether there is a project at all."""
    if not fault:
        return []
    step = "name the application's repository with --project-root"
    return [error("project-root", f"project root {settings.project_root}", fault, step)]


def _check_tree(facts: HostFacts) -> list[Finding]:
    """Whether the shared folder can be mounted, with private folders over parts of it."""
    tree = str(facts.host.tree)
    linked = "is a link, and an instance's private folder cannot be mounted over a link"
    way_out = "make it a folder, and name the one it leads to with --profile-dir"
    findings = [
        error("tree-link", f"{tree}/{name}", linked, way_out) for name in facts.linked_mount_points
    ]
    if facts.tree_fault:
        findings.append(error("tree", tree, facts.tree_fault, "mend it or its permissions"))
    if facts.tree_is_closed:
        fact = "is closed to other users: an image that does not run as root cannot enter it"
        step = f"open it with `chmod o+x {quote(tree)}`, and close the folder above it instead"
        findings.append(warning("tree-closed", tree, fact, step))
    return findings


def _check_environment_file(settings: Settings, facts: HostFacts) -> list[Finding]:
    if not facts.env_file_fault:
        return []
    subject = f"environment file {settings.docker_env_file}"
    step = "create it, name another with --docker-env-file, or pass --no-docker-env"
    return [error("docker-env", subject, facts.env_file_fault, step)]


def _check_visibility(settings: Settings, facts: HostFacts) -> list[Finding]:
    """Profiles that the shared tree would show to every instance."""
    if mounts.sees_pool(settings):
        return []
    if facts.host.pool_is_tree:
        fact = "is the top of the shared tree, where every instance would see all profiles"
        step = "move the profiles into a folder below it, or pass --isolation shared"
        return [error("pool-visible", f"profile directory {settings.profile_dir}", fact, step)]
    if not facts.visible_profiles:
        return []
    number, first = len(facts.visible_profiles), facts.visible_profiles[0]
    named = first if number == 1 else f"{first} and {number - 1} more"
    fact = f"{named} can be read by every instance"
    step = "move what is private out of the shared folder"
    return [warning("tree-shows", f"{facts.host.tree}", fact, step)]


def check_state_folder(settings: Settings, facts: HostFacts, needed_bytes: int) -> list[Finding]:
    """Whether the private files of this launch find a place.

    ``needed_bytes`` without spare; 0 where nothing is to be launched.
    """
    subject = f"state folder {settings.state_dir}"
    another = "name another with RUNTIME_STATE_DIR or --state-dir"
    if facts.state_fault:
        return [error("state-folder", subject, facts.state_fault, another)]
    if facts.state_is_shared:
        tree = settings.application.project.tree
        fact = f"lies in the shared {tree} folder, where instances could see it"
        return [error("state-folder", subject, fact, another)]
    free = facts.free_disk_bytes
    said = error if needed_bytes else warning
    if free is not None and free < needed_bytes + _SPARE_DISK_BYTES:
        fact = f"its disk is full: {free // 1024} kB are free"
        return [said("disk-full", subject, fact, f"free space there, or {another}")]
    if facts.has_no_room_for_files:
        fact = "its disk is full: it takes no more files (no free inodes)"
        return [said("disk-full", subject, fact, f"remove files there, or {another}")]
    return []


def check_pool_writable(settings: Settings, plan: Plan, *, writable: bool) -> list[Finding]:
    """A container that is replaced saves its session at its end: it must find its way home."""
    ending = [
        o.container_name
        for o in plan.pending
        if o.old is not None or o.kind is OperationKind.REMOVE
    ]
    if writable or not ending:
        return []
    fact = f"cannot be written, so that the session of {ending[0]} could not be saved to it"
    step = "make it writable, or leave that instance as it is"
    return [error("pool-read-only", f"profile directory {settings.profile_dir}", fact, step)]
