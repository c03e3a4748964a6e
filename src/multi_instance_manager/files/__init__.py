"""Reads, replaces and removes files that another user or a container could tamper with."""
