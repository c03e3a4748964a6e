"""The vital signs of instances, and the one notion of health that follows from them.

``signs`` are the facts, as of one moment; ``diagnosis`` makes one verdict of them, with its
evidence and what to do. Both are pure. ``gather`` takes the signs of many instances at once, from
outside, and in a way that costs a login nothing.
"""

from multi_instance_manager.vitals.diagnosis import Diagnosis, Evidence, diagnose, is_well
from multi_instance_manager.vitals.signs import Signs

__all__ = ["Diagnosis", "Evidence", "Signs", "diagnose", "is_well"]
