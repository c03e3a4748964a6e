"""The signs of one instance in, one verdict on its health out. Pure.

``signs`` are the facts at one time; ``diagnosis`` turns them into one verdict, with its evidence
and what to do. ``probe/vital_signs.py`` reads the signs.
"""
