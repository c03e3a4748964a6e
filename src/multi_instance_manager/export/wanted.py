"""One wanted instance as far as a tool can have it: what it cannot is left out, and reported. Pure.

A secret is only known by the shell variable that holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from multi_instance_manager.engine.docker_run import ExtraArgs
from multi_instance_manager.export.losses import Loss, LossCode
from multi_instance_manager.export.private_files import own_prefix, shell_names, usual_of
from multi_instance_manager.plan.launch_secret import SecretKind
from multi_instance_manager.plan.spec import InstanceSpec

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from multi_instance_manager.plan.launch_secret import LaunchSecret
    from multi_instance_manager.text.secret import Secret

ENV = "--env"


class Assignment(msgspec.Struct, frozen=True):
    """An environment variable: its value, or the shell variables that hold it.

    ``local_name`` holds it while one instance is prepared, ``reference`` at any time.
    """

    name: str
    value: str = ""
    reference: str = ""
    local_name: str = ""


class HeldSecret(msgspec.Struct, frozen=True):
    """A secret, and the shell variables that hold it, as in an assignment."""

    local_name: str
    reference: str
    value: Secret


class Wanted(msgspec.Struct, frozen=True):
    """One instance; ``key`` is None if it has no key."""

    spec: InstanceSpec
    assignments: tuple[Assignment, ...]
    secrets: tuple[HeldSecret, ...]
    key: HeldSecret | None


def wanted_of(
    specs: Sequence[InstanceSpec], carried: Collection[str]
) -> tuple[tuple[Wanted, ...], tuple[Loss, ...]]:
    """Return each instance with the extra options that the tool can carry, and those it cannot.

    An option whose value may be a secret is never carried: only variables have references.
    """
    parts = [_reduced(spec, carried) for spec in specs]
    reduced = [spec for spec, _ in parts]
    losses = dict.fromkeys(loss for _, some in parts for loss in some)
    usual = usual_of(reduced)
    return tuple(_wanted(spec, usual) for spec in reduced), tuple(losses)


def _reduced(spec: InstanceSpec, carried: Collection[str]) -> tuple[InstanceSpec, tuple[Loss, ...]]:
    extra = spec.extra
    hidden = {token for _, token in extra.hidden}
    shown = tuple(zip(extra.tokens, extra.masked_tokens, strict=True))
    kept = [t for t in extra.tokens if _is_carried(t, carried) and t not in hidden]
    lost = (Loss(LossCode.OPTION, masked) for token, masked in shown if token not in kept)
    return replace(spec, extra=ExtraArgs(tuple(kept), extra.proxies)), tuple(lost)


def _is_carried(token: str, carried: Collection[str]) -> bool:
    """Whether the tool has the option; none can take a variable away from the image's."""
    flag, _, value = token.partition("=")
    return flag in carried and (flag != ENV or "=" in value)


def _wanted(spec: InstanceSpec, usual: InstanceSpec | None) -> Wanted:
    is_usual = usual is not None and spec.secrets() == usual.secrets()
    pairs = _held(spec, "" if is_usual else own_prefix(spec))
    key = next((held for secret, held in pairs if secret.kind is SecretKind.KEY), None)
    assignments = {
        v.name: _referring(v.name, key) if v.secret and key else Assignment(v.name, v.value)
        for v in spec.variables
    }
    for secret, held in pairs:
        if secret.kind is SecretKind.VARIABLE:
            assignments[secret.name] = _referring(secret.name, held)
    return Wanted(spec, tuple(assignments.values()), tuple(held for _, held in pairs), key)


def _held(spec: InstanceSpec, prefix: str) -> list[tuple[LaunchSecret, HeldSecret]]:
    """Return each secret with the shell variables that hold it."""
    named = zip(spec.secrets(), shell_names(spec), strict=True)
    return [(one, HeldSecret(shell, f"{prefix}{shell}", one.value)) for one, shell in named]


def _referring(name: str, held: HeldSecret) -> Assignment:
    return Assignment(name, reference=held.reference, local_name=held.local_name)
