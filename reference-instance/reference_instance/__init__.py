"""A stand-in for the application: it keeps the container's side of the contract, and no more.

On the standard library alone, so that an image of it needs nothing but Python. It resolves its
profile, checks keys, answers, and writes its profile back exactly as the real application does.
Variables make it slow, broken or heavy (``behaviour``). What it prints and answers holds digests
and names, never a profile's content, a key or a variable's value.

Tests, demos and benchmarks start it thousands of times, so a start costs little more than Python's
own: ``dataclasses``, ``pathlib``, ``typing`` and ``http`` alone would take longer to import than
all the rest.
"""
