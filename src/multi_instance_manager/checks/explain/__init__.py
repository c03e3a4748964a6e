"""The verdict on one instance, with its evidence: facts in, explanation out. Pure.

The facts are gathered by `operations.explain`; nothing here looks at anything.
"""

from multi_instance_manager.checks.explain.evidence import evidence_of
from multi_instance_manager.checks.explain.explanation import Explanation, explain
from multi_instance_manager.checks.explain.instance_facts import InstanceFacts

__all__ = ["Explanation", "InstanceFacts", "evidence_of", "explain"]
