"""The signs of one instance in, one verdict on its health out. Pure.

``signs`` are the facts, as of one moment; ``diagnosis`` makes one verdict of them, with its
evidence and what to do. ``probe/vital_signs.py`` reads the signs.
"""
