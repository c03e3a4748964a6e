"""The checks before a launch: wanted specs and gathered facts in, findings out. Pure.

Every problem of every instance is found, so that one report names them all.
"""

from multi_instance_manager.checks.preflight.claims import (
    SECOND_WRITER,
    check_claims,
    second_writers,
)
from multi_instance_manager.checks.preflight.containers import (
    check_engine,
    check_names,
    check_networks,
    check_other_fleets,
    check_shared_names,
)
from multi_instance_manager.checks.preflight.engine_location import check_place
from multi_instance_manager.checks.preflight.environment_file import check_environment_file
from multi_instance_manager.checks.preflight.extra_isolation import check_extra_isolation
from multi_instance_manager.checks.preflight.host import (
    check_host,
    check_pool_writable,
    check_root,
    check_state_folder,
)
from multi_instance_manager.checks.preflight.image_contents import check_image_state
from multi_instance_manager.checks.preflight.keys import check_exposure, check_key
from multi_instance_manager.checks.preflight.memory import GIGABYTE, check_memory
from multi_instance_manager.checks.preflight.overrides import check_disabled, check_overrides
from multi_instance_manager.checks.preflight.ports import (
    check_addresses,
    check_extra_ports,
    check_ports,
    check_ranges,
    check_rings,
)
from multi_instance_manager.checks.preflight.readable import check_readable
from multi_instance_manager.checks.preflight.spellings import check_spellings
from multi_instance_manager.checks.preflight.twins import check_twins, used_elsewhere

__all__ = [
    "GIGABYTE",
    "SECOND_WRITER",
    "check_addresses",
    "check_claims",
    "check_disabled",
    "check_engine",
    "check_environment_file",
    "check_exposure",
    "check_extra_isolation",
    "check_extra_ports",
    "check_host",
    "check_image_state",
    "check_key",
    "check_memory",
    "check_names",
    "check_networks",
    "check_other_fleets",
    "check_overrides",
    "check_place",
    "check_pool_writable",
    "check_ports",
    "check_ranges",
    "check_readable",
    "check_rings",
    "check_root",
    "check_shared_names",
    "check_spellings",
    "check_state_folder",
    "check_twins",
    "second_writers",
    "used_elsewhere",
]
