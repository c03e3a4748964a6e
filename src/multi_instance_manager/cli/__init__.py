"""Parses words, calls one command, prints its report and exits. Nothing else prints or exits."""

from __future__ import annotations

import gc
import sys

# Most runs end within a quarter of a second and create hardly any reference cycles. Collecting
# at every 700 new objects, Python's default, would take a tenth of that time.
gc.set_threshold(50_000, 20, 20)

try:
    from multi_instance_manager.cli.group import main
except KeyboardInterrupt:  # a Ctrl-C before anything was done
    sys.exit(130)

__all__ = ["main"]
