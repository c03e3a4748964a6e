"""Checks an instance from outside: that it runs on its own profile and on nothing else.

The instance's own word is no evidence. Its files are read from outside, and its ports are tested
from this host.
"""
