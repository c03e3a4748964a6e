"""Walks a plan. Decides nothing: what is to be done, and why, stands in the plan."""

from multi_instance_manager.execute.outcome import InstanceState, Outcome
from multi_instance_manager.execute.tools import Tools
from multi_instance_manager.execute.walk import execute

__all__ = ["InstanceState", "Outcome", "Tools", "execute"]
