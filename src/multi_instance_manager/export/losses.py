"""What another tool does not do, or its files cannot say. Pure.

A loss is a code with a subject; its sentence is made here only.
"""

from __future__ import annotations

import textwrap
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_WIDTH = 98


class LossCode(StrEnum):
    """The kinds of loss."""

    CUSTODY = "custody"
    PROOF = "proof"
    REPLACEMENT = "replacement"
    OPTION = "option"
    PORTS = "ports"
    SHARED_TREE = "shared-tree"
    OTHER_PROFILES = "other-profiles"
    IMAGE = "image"
    SHELL = "shell"
    LOG_LIMITS = "log-limits"
    READINESS = "readiness"
    CLUSTER = "cluster"


_SENTENCES = {
    LossCode.CUSTODY: "Nothing saves refreshed sessions to the pool, or keeps earlier versions.",
    LossCode.PROOF: "Nothing verifies that each instance runs on its own profile only.",
    LossCode.REPLACEMENT: "If a replacement fails, the old instance is not brought back.",
    LossCode.OPTION: "The extra option {} is left out: it has no counterpart here, or may hold a "
    "secret.",
    LossCode.PORTS: "The ports of {} are not published: a swarm publishes on every address.",
    LossCode.SHARED_TREE: "The shared folder {} is not mounted.",
    LossCode.OTHER_PROFILES: "Each instance sees its own profile only, and cannot rotate.",
    LossCode.IMAGE: "The image {} must be in a registry that every node reaches.",
    LossCode.SHELL: "The image must have `sh` and `cp`: they copy the login to its volume.",
    LossCode.LOG_LIMITS: "The size of logs is limited by the cluster's nodes, not by these files.",
    LossCode.READINESS: "Readiness is an open port: the cluster does not accept the status {}.",
    LossCode.CLUSTER: "Each instance stays on the node with its files: its session is not moved.",
}
_OF_EVERY_EXPORT = (LossCode.CUSTODY, LossCode.PROOF, LossCode.REPLACEMENT)


class Loss(msgspec.Struct, frozen=True):
    """One loss; the subject is empty if it is about all instances."""

    code: LossCode
    subject: str = ""


def with_usual_losses(losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """Return the losses of every export, then the given ones, each once."""
    return tuple(dict.fromkeys((*map(Loss, _OF_EVERY_EXPORT), *losses)))


def loss_text(loss: Loss) -> str:
    """Return the loss as one sentence."""
    return _SENTENCES[loss.code].format(printable(loss.subject))


def comment_lines(opening: Iterable[str], losses: Iterable[Loss]) -> list[str]:
    """Return the comment at the head of a file: how to use it, and what is lost."""
    lines = [f"# {line}".rstrip() for line in opening]
    lines += ["#", "# Lost outside of the manager:"]
    for loss in losses:
        lines += textwrap.wrap(
            loss_text(loss),
            _WIDTH,
            initial_indent="# - ",
            subsequent_indent="#   ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines
