"""The command `multi-instance`: parse, call an operation, render its result, exit with its code."""

from __future__ import annotations

from multi_instance_manager.cli.group import main

__all__ = ["main"]
