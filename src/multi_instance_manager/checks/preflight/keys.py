"""Checks of the API keys: which are in force, who can see them, who can reach them. Pure."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from multi_instance_manager.findings import Finding, error, warning
from multi_instance_manager.plan import mounts
from multi_instance_manager.settings.key_source import KeyKind
from multi_instance_manager.settings.options import DEFAULT_API_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.settings.key_source import KeySource
    from multi_instance_manager.settings.model import Settings

_SUBJECT = "API key"


def check_exposure(
    settings: Settings, host: mounts.Host, profile_names: Sequence[str] = ()
) -> list[Finding]:
    """A key guards a part of the API at most: all else is open to whoever reaches the port."""
    if _is_loopback(settings.host_ip):
        return []
    subject = f"host address {settings.host_ip}"
    if not settings.application.takes_key:
        fact = f"other machines can reach the instances, and {settings.application.name} has no key"
        return [warning("exposed", subject, fact, "put a proxy in front, or publish on 127.0.0.1")]
    if _on_default_key(settings, host, profile_names):
        return [
            error(
                "exposed",
                subject,
                "would publish the instances to other machines with the default API key",
                "set --api-key, or publish on 127.0.0.1",
            )
        ]
    return [
        warning(
            "exposed",
            subject,
            "other machines can reach the instances, and the key guards only a part of the API: "
            "all else is open to them",
            "put a proxy in front, or publish on 127.0.0.1",
        )
    ]


def check_key(
    settings: Settings, host: mounts.Host, profile_names: Sequence[str] = ()
) -> list[Finding]:
    """Which keys are in force, where that may surprise, and who can see them."""
    sources = {settings.of(name).key_source for name in profile_names} | {settings.key_source}
    if not settings.application.takes_key:
        return [_unused_key(settings)] if any(source.is_asked_for for source in sources) else []
    seen = [_who_can_see(source) for source in sorted(sources, key=lambda one: str(one.path))]
    return [
        *_whose(settings, host, profile_names),
        *(finding for findings in seen for finding in findings),
    ]


def _unused_key(settings: Settings) -> Finding:
    fact = f"is not used: {settings.application.name} asks for none"
    return warning(
        "key-unused", _SUBJECT, fact, "leave it out, or say where it goes in [application]"
    )


def _whose(settings: Settings, host: mounts.Host, profile_names: Sequence[str]) -> list[Finding]:
    if mounts.host_key_rules(settings, host):
        number = len(host.host_keys)
        keys = "a key" if number == 1 else f"{number} keys"
        path = settings.application.paths.key_file_in(f"{host.tree}")
        fact = f"{path} holds {keys} and none was asked for, so the file rules"
        return [warning("host-key", _SUBJECT, fact, "pass --api-key for another")]
    if not _on_default_key(settings, host, profile_names):
        return []
    step = "set one with --api-key-file or API_KEY, or pass --generate-api-key"
    return [warning("default-key", _SUBJECT, "is the default, which everybody knows", step)]


def _on_default_key(settings: Settings, host: mounts.Host, profile_names: Sequence[str]) -> bool:
    """Whether any instance would answer to the key that everybody knows."""
    own = [settings.of(name) for name in profile_names] or [settings]
    return any(mounts.effective_key(one, host).reveal() == DEFAULT_API_KEY for one in own)


def _who_can_see(source: KeySource) -> list[Finding]:
    if source.kind is KeyKind.COMMAND_LINE:
        fact = "stands on the command line, where other users of this machine can see it"
        step = "use --api-key-file, API_KEY or --generate-api-key"
        return [warning("key-seen", _SUBJECT, fact, step)]
    if source.is_open:
        fact = f"lies in {source.path}, which every user of this machine can read"
        step = f"close it with `chmod 600 {quote(str(source.path))}`"
        return [warning("key-open", _SUBJECT, fact, step)]
    if source.kind is KeyKind.TO_BE_KEPT:
        fact = f"is made at random by this launch, and kept in {source.path}"
        return [warning("key-made", _SUBJECT, fact, "clients find it there; only you can read it")]
    return []


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"
