"""Takes secrets out of text: every value that is known, and whatever looks like one. Pure."""

from __future__ import annotations

import base64
import json
import re
import string
from typing import TYPE_CHECKING, Any

from multi_instance_manager.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHORTEST_VALUE = 6
_LONG, _PART = 24, 12
_LONG_AS_A_TOKEN = 16
# Members of a cookie, and of a site's storage, that say whose it is.
_NO_SECRETS = {"name", "domain", "path", "sameSite", "origin", "partitionKey", "expires", "url"}
# A host, or a page on one, in words: digits and capitals, a query or a user may well be secret.
_ADDRESS = re.compile(
    r"(?:https?://)?\.?(?:[a-z-]{1,24}\.)+[a-z]{2,12}(?::\d{1,5})?(?:/[a-z_.-]{0,24}){0,6}"
)
_PLAIN_IN_ADDRESSES = frozenset((string.ascii_letters + string.digits + "_.-~").encode())
_NAMES = r"[\w-]*(?:token|secret|passwd|password|api[-_]?key|session[-_]?id|credential)[\w-]*"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(\b(?:set-)?cookie[\"']?\s*[:=]\s*).+",
        r"(\b(?:proxy-)?authorization[\"']?\s*[:=]\s*).+",
        r"(\bbearer\s+)[\w.~+/=-]{6,}",
        r"(\bbasic\s+)[\w+/]{12,}=*",
        rf"(\b{_NAMES}[\"']?\s*[:=]\s*)[\"']?[^\s\"',;&}}]+",
        r"(\b)sk-[\w-]{4,}",
        r"(\w://)[^\s/@:]+:[^\s/@]+(?=@)",
        r"(\b)eyJ[\w-]{8,}(?:\.[\w-]+)*",
    )
)


class Redactor:
    """Knows the secrets of a pool, and blots them out wherever they come, in any of their forms."""

    def __init__(self, keys: Iterable[str], values: Iterable[str]) -> None:
        found = {key for key in keys if key.strip()}
        found |= {value for value in values if len(value) > SHORTEST_VALUE}
        forms = {form for secret in found for form in _forms(secret)}
        self._secrets = sorted(forms, key=len, reverse=True)

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} secrets)"

    def text(self, text: str) -> str:
        """The text without secrets."""
        return _blotted(text, self._found_in(text))

    def document(self, content: Any) -> Any:
        """Decoded JSON with every text in it redacted, the names of members apart."""
        # Looked for once in all: a pool of many logins knows very many secrets.
        found = self._found_in("\n".join(strings_in(content)))
        return _in_document(content, found)

    def _found_in(self, text: str) -> list[str]:
        return [secret for secret in self._secrets if secret in text]


def _blotted(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def _in_document(content: Any, secrets: list[str]) -> Any:
    if isinstance(content, str):
        return _blotted(content, secrets)
    if isinstance(content, dict):
        return {name: _in_document(value, secrets) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_in_document(value, secrets) for value in content]
    return content


def strings_in(content: Any) -> Iterator[str]:
    """Every text in decoded JSON, however deep, the names of members apart."""
    waiting = [content]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list | tuple):
            waiting += item


def session_values(content: Any) -> Iterator[str]:
    """The values in a session that are secret: what cookies and the storage of sites hold.

    A cookie's own name, domain and path are no secrets, nor is the address of a site: to mask them
    would take ordinary words out of whatever is shown. Of anything else, what is long enough and is
    no name or address may be a secret.
    """
    waiting = [content]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if len(item) >= _LONG_AS_A_TOKEN and " " not in item and not _ADDRESS.fullmatch(item):
                yield item
        elif isinstance(item, list | tuple):
            waiting += item
        elif isinstance(item, dict):
            for member, value in item.items():
                if isinstance(value, str) and member == "value":
                    if not _ADDRESS.fullmatch(value):
                        yield value
                elif member not in _NO_SECRETS:
                    waiting.append(value)


def values_in_env_file(text: str) -> Iterator[str]:
    """The values of an environment file's lines, as they stand and without their quotes."""
    for line in text.splitlines():
        name, separator, value = line.partition("=")
        if separator and not name.lstrip().startswith("#"):
            yield value.strip()
            yield value.strip().strip("'\"")


def _forms(secret: str) -> Iterator[str]:
    """The secret as it is, by lines, in parts, and as JSON, addresses and base64 write it."""
    yield secret
    yield from (line for line in secret.splitlines() if len(line) > SHORTEST_VALUE)
    if len(secret) >= _LONG and "://" not in secret:  # an address begins as others do
        yield secret[:_PART]
        yield secret[-_PART:]
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    raw = _bytes_of(secret)
    yield "".join(chr(byte) if byte in _PLAIN_IN_ADDRESSES else f"%{byte:02X}" for byte in raw)
    if len(secret) > SHORTEST_VALUE:
        yield base64.b64encode(raw).decode().rstrip("=")


def _bytes_of(secret: str) -> bytes:
    """Its bytes, of which some need not be UTF-8; a session can hold half of a surrogate pair."""
    try:
        return secret.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return secret.encode(errors="surrogatepass")
