"""The proxies that the docker client's configuration gives to each container. Pure.

``docker run`` sets them as variables, in capitals and in small letters, unless the person sets the
variable. Those for the engine's own address count before ``default``, and instead of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLES = {
    "httpproxy": "HTTP_PROXY",
    "httpsproxy": "HTTPS_PROXY",
    "noproxy": "NO_PROXY",
    "ftpproxy": "FTP_PROXY",
    "allproxy": "ALL_PROXY",
}
_DEFAULT = "default"


def container_proxies(proxies: Mapping[str, object], url: str) -> tuple[tuple[str, Secret], ...]:
    """The variables, by the ``proxies`` of the configuration; raises ValueError for a bad one.

    A proxy's address may hold a password. Over SSH the client does not know the engine's address,
    so that only ``default`` counts.
    """
    here = _DEFAULT if url.startswith("ssh://") or url not in proxies else url
    given = proxies.get(here) or {}
    if not isinstance(given, dict):
        raise ValueError(f"proxies for {here} are not an object")  # noqa: TRY004  # content, no type
    found: list[tuple[str, Secret]] = []
    for key, value in given.items():
        name = _VARIABLES.get(key.lower())
        if name is None or value in ("", None):
            continue
        if not isinstance(value, str) or "\0" in value:
            raise ValueError(f"{key} of the proxies for {here} is not a text")
        found += [(name, Secret(value)), (name.lower(), Secret(value))]
    return tuple(sorted(found, key=lambda pair: pair[0]))
