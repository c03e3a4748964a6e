"""Checks an instance from outside: that it runs on its own profile and on nothing else.

What the instance says about itself is not evidence: its files are read through the engine, its
ports are tried from this host.
"""

from multi_instance_manager.proof.addresses import reachable_address
from multi_instance_manager.proof.check import Check, CheckResult, Proof
from multi_instance_manager.proof.expectation import Expectation, empty_folders, own_folders
from multi_instance_manager.proof.prove import prove

__all__ = [
    "Check",
    "CheckResult",
    "Expectation",
    "Proof",
    "empty_folders",
    "own_folders",
    "prove",
    "reachable_address",
]
