"""Reads the kernel of this machine: processes, mounts, listeners, memory. Knows no fleet."""
