"""All that may happen to a pool, and how often."""

from __future__ import annotations

from accidents import (
    forget_records,
    kill_container,
    pause_container,
    refresh_session,
    remove_container,
    rename_container,
    stop_container,
)
from managers import (
    crash_one,
    interrupt_manager,
    kill_manager,
    launch_twice,
    recreate,
    restart_engine,
)
from operation import Operation
from owner import add, change_image, change_setting, remove, rename, restore, rewrite
from strangers import take_name, take_port

OPERATIONS = (
    Operation(add, 4),
    Operation(remove, 3),
    Operation(rename),
    Operation(rewrite, 4),
    Operation(restore),
    Operation(refresh_session, 4),
    Operation(kill_container),
    Operation(stop_container),
    Operation(pause_container),
    Operation(remove_container),
    Operation(rename_container),
    Operation(change_image),
    Operation(change_setting),
    Operation(forget_records),
    Operation(crash_one, 1),
    Operation(take_name, 1),
    Operation(take_port, 1),
    Operation(launch_twice),
    Operation(recreate, 1),
    Operation(kill_manager, 6, is_followed_by_up=False),
    Operation(interrupt_manager, 3, is_followed_by_up=False),
    Operation(restart_engine),
)
