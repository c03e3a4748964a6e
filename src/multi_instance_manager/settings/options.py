"""Every option of `up`, in one table. Pure.

The source of the command line, the settings, ``--help`` and the tables of the README.
"""

from __future__ import annotations

from multi_instance_manager.settings.more_options import MORE_OPTIONS
from multi_instance_manager.settings.option import Option
from multi_instance_manager.settings.seed_options import DEFAULT_API_KEY, SEED_OPTIONS

__all__ = [
    "DEFAULT_API_KEY",
    "MORE_OPTIONS",
    "OPTIONS",
    "SEED_OPTIONS",
    "Option",
]

OPTIONS: tuple[Option, ...] = SEED_OPTIONS + MORE_OPTIONS
