"""Bytes on the way to an engine: sockets, HTTP, streams."""
