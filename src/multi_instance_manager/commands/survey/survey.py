"""What is known of a pool and its engine, as of one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.survey.engine_facts import EngineFacts
from multi_instance_manager.commands.survey.engine_sides import EngineSides
from multi_instance_manager.commands.survey.renames import Rename
from multi_instance_manager.findings import Finding
from multi_instance_manager.probe.host_facts import HostFacts
from multi_instance_manager.sessions.profile import Pool
from multi_instance_manager.state.layout import StateLayout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.fleet.containers import Fleet
    from multi_instance_manager.fleet.ownership import Home
    from multi_instance_manager.plan.plan import Plan
    from multi_instance_manager.plan.spec import InstanceSpec
    from multi_instance_manager.settings.model import Settings


class Survey(msgspec.Struct, frozen=True):
    """The pool, the engine's containers, and what `up` would do, as of one moment.

    ``slots`` are the leases of the whole pool by profile name, and ``ledger`` those that a launch
    records: if it is about some profiles only, the others keep what they have. By container ID
    there are ``proven_at``, moments in seconds since the epoch, ``quarantined``, why it was
    stopped. ``findings`` are in the order in which they were made.
    """

    settings: Settings
    layout: StateLayout
    facts: HostFacts
    pool: Pool
    engine: EngineFacts
    fleet: Fleet
    home: Home
    specs: tuple[InstanceSpec, ...]
    slots: Mapping[str, int]
    ledger: Mapping[str, int]
    plan: Plan
    findings: tuple[Finding, ...]
    proven_at: Mapping[str, float] = msgspec.field(default_factory=dict)
    quarantined: Mapping[str, str] = msgspec.field(default_factory=dict)
    sides: EngineSides = EngineSides()
    renames: tuple[Rename, ...] = ()
