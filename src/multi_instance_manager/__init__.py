"""One isolated container per saved auth profile, and proof that each runs on its own."""

__version__ = "0.1.0"
