"""Walks a plan. Decides nothing: what is to be done, and why, stands in the plan."""

from multi_instance_manager.execute.outcome import UNTOUCHED, InstanceState, Outcome, gravest_of
from multi_instance_manager.execute.tools import Tools
from multi_instance_manager.execute.walk import Pace, execute

__all__ = ["UNTOUCHED", "InstanceState", "Outcome", "Pace", "Tools", "execute", "gravest_of"]
