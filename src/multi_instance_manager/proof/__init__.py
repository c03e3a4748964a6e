"""Checks an instance from outside: that it runs on its own profile and on nothing else.

What the instance says about itself is not evidence: its files are read through the engine, its
ports are tried from this host.
"""
