"""Why an instance is in the state that it is in: facts in, one verdict and its evidence out. Pure.

The facts are gathered by `operations.explain`; nothing here looks at anything.
"""

from multi_instance_manager.checks.explain.evidence import evidence_of
from multi_instance_manager.checks.explain.explanation import Explanation, explain
from multi_instance_manager.checks.explain.instance_facts import InstanceFacts

__all__ = ["Explanation", "InstanceFacts", "evidence_of", "explain"]
