"""The doctor's checks: gathered facts in, checks with a next step out. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.checks.doctor.check_result import CheckOutcome, CheckVerdict
from multi_instance_manager.checks.doctor.doctor_facts import (
    EngineSeen,
    Facts,
    HereFacts,
    SeenImage,
    SeenInstance,
)
from multi_instance_manager.checks.doctor.engine import check_engine, check_images
from multi_instance_manager.checks.doctor.instances import check_instances
from multi_instance_manager.checks.doctor.limits import check_limits
from multi_instance_manager.checks.doctor.pool import check_pool

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CheckOutcome",
    "CheckVerdict",
    "EngineSeen",
    "Facts",
    "HereFacts",
    "SeenImage",
    "SeenInstance",
    "examine",
]


def examine(facts: Facts) -> tuple[CheckOutcome, ...]:
    """Every check, in the order in which a person would mend things."""
    return tuple(_all(facts))


def _all(facts: Facts) -> Iterator[CheckOutcome]:
    yield from check_engine(facts)
    yield from check_images(facts)
    yield from check_limits(facts)
    yield from check_pool(facts)
    yield from check_instances(facts)
