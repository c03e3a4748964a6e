"""Addresses as URLs have them: one with colons stands in brackets. Pure."""

from __future__ import annotations


def authority_of(host: str, port: int) -> str:
    """``127.0.0.1:2048`` or ``[::1]:2048``."""
    return f"{bracketed(host)}:{port}"


def url_of(host: str, port: int) -> str:
    """``http://127.0.0.1:2048``: where an instance answers."""
    return f"http://{authority_of(host, port)}"


def bracketed(host: str) -> str:
    """The host, in brackets where it is an IPv6 address."""
    return f"[{host}]" if ":" in host else host
