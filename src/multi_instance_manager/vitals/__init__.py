"""The vital signs of instances, and the one notion of health that follows from them. Pure.

``signs`` are the facts, as of one moment; ``diagnosis`` makes one verdict of them, with its
evidence and what to do. ``probe/vital_signs.py`` reads the signs.
"""
