"""Parses words, calls one command, prints its report and exits. Nothing else prints or exits."""

from __future__ import annotations

import gc
import sys

# Most runs are over in a quarter of a second and make hardly any garbage in circles: looking for it
# at every 700 new objects, as is usual, would take a tenth of that time.
gc.set_threshold(50_000, 20, 20)

try:
    from multi_instance_manager.cli.group import main
except KeyboardInterrupt:  # a Ctrl-C that came before anything could be done, or said
    sys.exit(130)

__all__ = ["main"]
