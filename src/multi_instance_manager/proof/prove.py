"""Runs all checks on one instance."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from multi_instance_manager.proof.answering_ports import (
    api_answers,
    ports_closed_elsewhere,
    stream_answers,
)
from multi_instance_manager.proof.key import key_is_asked_for
from multi_instance_manager.proof.mounted_folders import nothing_private_mounted
from multi_instance_manager.proof.own_profile import nothing_there, own_profile_alone
from multi_instance_manager.proof.proof import Check, Proof

if TYPE_CHECKING:
    from multi_instance_manager.engine.protocol.engine import Reader
    from multi_instance_manager.proof.expectation import Expectation


def prove(engine: Reader, container_id: str, expected: Expectation) -> Proof:
    """Run all checks, even after one has failed."""
    checks: list[Check | None] = [
        own_profile_alone(engine, container_id, folder, expected) for folder in expected.own_folders
    ]
    checks += [nothing_there(engine, container_id, folder) for folder in expected.empty_folders]
    checks += [
        nothing_private_mounted(engine, container_id, expected),
        api_answers(expected),
        stream_answers(expected),
        ports_closed_elsewhere(expected),
        key_is_asked_for(expected),
    ]
    return Proof(tuple(check for check in checks if check), time.time())
