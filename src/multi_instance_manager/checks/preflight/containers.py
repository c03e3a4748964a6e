"""Checks of what the engine has: names that are taken, arguments that it would ignore. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.findings import Finding, error, warning
from multi_instance_manager.fleet.container_names import aside_name_of
from multi_instance_manager.fleet.networks import has_default_network
from multi_instance_manager.fleet.ownership import session_source
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from multi_instance_manager.engine.docker_run import ExtraArgs
    from multi_instance_manager.fleet.containers import Fleet, ObservedContainer
    from multi_instance_manager.fleet.labels import Identity
    from multi_instance_manager.plan.spec import InstanceSpec


def check_names(specs: Sequence[InstanceSpec], fleet: Fleet) -> list[Finding]:
    """Container names that two profiles share, or that somebody else's container has."""
    findings = check_shared_names(specs)
    profiles_of = {spec.container_name: spec.profile_name for spec in specs}
    foreign = {container.name: container for container in fleet.foreign}
    for name, profile_name in profiles_of.items():
        aside = aside_name_of(name)
        if aside in foreign:
            fact = "has the name that a container gets while its replacement is tried"
            found = error("foreign", f"container {aside}", fact, "remove or rename it")
            findings.append(replace(found, profile_name=profile_name))
    for name in profiles_of.keys() & foreign.keys():
        fact = _whose(foreign[name], specs[0].identity)
        step = "remove or rename it, or use another --container-prefix"
        found = error("foreign", f"container {name}", fact, step)
        findings.append(replace(found, profile_name=profiles_of[name]))
    return findings


def check_shared_names(specs: Iterable[InstanceSpec]) -> list[Finding]:
    """Container names that two profiles share: nothing can be done to one of them alone."""
    profiles_of: dict[str, list[str]] = defaultdict(list)
    for spec in specs:
        profiles_of[spec.container_name].append(spec.profile_name)
    return [
        error(
            "name",
            f"container {name}",
            f"profiles {' and '.join(profiles)} would share this name",
            "rename one of them",
        )
        for name, profiles in profiles_of.items()
        if len(profiles) > 1
    ]


def _whose(container: ObservedContainer, own: Identity) -> str:
    """Whose a container is that is none of this pool's, as far as its labels are to be believed."""
    labels = container.ours
    identity = labels.identity if labels else None
    if identity is None or not session_source(container, identity):
        return f"exists already, of image {container.image_name}, and is not this manager's"
    if (identity.fleet, identity.root) == (own.fleet, own.root):
        return "is this pool's by its labels, and its session lies in another state folder"
    return f"belongs to the pool of {printable(identity.root)}"


def check_networks(
    wanted: Sequence[Sequence[str]], known: Mapping[str, str] | None
) -> list[Finding]:
    """Networks that extra arguments name and the engine lacks; ``known`` is None: not told.

    Each of ``wanted`` are those of one set of arguments; without a name it is the default one.
    """
    if known is None:
        return []
    names = dict.fromkeys(name for each in wanted for name in each)
    there = {*known, *known.values()}
    step = "create it with `docker network create {}`, or name another one"
    findings = [
        error("network", f"network {name}", "does not exist on this engine", step.format(name))
        for name in names
        if name not in there and not any(key.startswith(name) for key in known)
    ]
    if any(not each for each in wanted) and not has_default_network(known):
        fact = "has no default bridge, so that no port of this machine would lead to an instance"
        step = "name a network of its own with EXTRA_DOCKER_ARGS='--network NAME'"
        findings.append(error("network", "engine", fact, step))
    return findings


def check_other_fleets(specs: Sequence[InstanceSpec], fleet: Fleet) -> list[Finding]:
    """The same logins in two fleets: each refreshes the session under the other's feet."""
    if not specs:
        return []
    root, names = specs[0].identity.root, {spec.profile_name for spec in specs}
    instances = [c for c in fleet.foreign if c.ours and session_source(c, c.ours.identity)]
    identities = [container.ours.identity for container in instances if container.ours]
    own = specs[0].identity.fleet
    others = [i for i in identities if i.root == root and i.fleet != own]
    shared = [i for i in others if i.profile_name in names]
    if not shared:
        return []
    fleets = printable(", ".join(sorted({identity.fleet for identity in shared})))
    fact = f"the containers of {fleets} use the same profiles, and each refreshes its own session"
    step = "give each prefix profiles of its own with --profile-dir"
    return [warning("other-fleet", "profiles", fact, step)]


def check_engine(extra: ExtraArgs, api_version: str) -> list[Finding]:
    """Extra arguments that this engine would ignore without a word."""
    spoken = _version(api_version)
    return [
        error(
            "docker-args",
            f"extra docker argument {flag}",
            f"needs engine API {needed}; this engine speaks {api_version}",
            "leave it out, or use a newer engine",
        )
        for flag, needed in extra.needed_api
        if spoken < _version(needed)
    ]


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
