"""Removes secrets from text: every known value, and values that look like one. Pure."""

from __future__ import annotations

import base64
import json
import re
import string
from typing import TYPE_CHECKING, Any

from multi_instance_manager.text.secret import MASK
from multi_instance_manager.text.secret_index import SecretIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHORTEST_VALUE = 6
LONGEST_LINE = 4096
_LOOK_AHEAD = 4096  # a longer word than that is not looked at as a whole before it is cut
_LONG, _PART = 24, 12
_SURROGATES = "surrogatepass"  # a session may contain halves of characters
_LONG_AS_A_TOKEN = 16
# Members of cookies and of a site's storage that hold no secret.
_NO_SECRETS = {"name", "domain", "path", "sameSite", "origin", "partitionKey", "expires", "url"}
# A host, or a page on one, in words; digits, capitals, a query or a user may be secret.
_ADDRESS = re.compile(
    r"(?:https?://)?\.?(?:[a-z-]{1,24}\.)+[a-z]{2,12}(?::\d{1,5})?(?:/[a-z_.-]{0,24}){0,6}"
)
_PLAIN_IN_ADDRESSES = frozenset((string.ascii_letters + string.digits + "_.-~").encode())
# Begins only where a run of letters does, and gives nothing back: containers write these lines, and
# a search that begins at every letter goes through a long run once for each.
_NAMES = (
    r"(?<![\w-])(?>[\w-]*?(?:token|secret|passwd|password|api[-_]?key|session[-_]?id|credential))"
    r"[\w-]*+"
)
_PASSWORD_NAME = re.compile(r"passw|passphrase|secret|(?:^|_)(?:pass|pwd)(?:_|$)", re.IGNORECASE)
_SECRET_NAME = re.compile(
    r"token|credential|cookie|session|private|signature|bearer"
    r"|(?:^|_)(?:key|keys|apikey|dsn)(?:_|$)",
    re.IGNORECASE,
)
_FLAG = re.compile(r"true|false|yes|no|on|off|none|null|", re.IGNORECASE)
_NUMBER_OR_PATH = re.compile(r"[+-]?[\d.,]*|~?\.{0,2}/[\w./ -]*")
# A run of letters and digits unlike any word, a UUID, or a password in an address.
_LIKE_A_SECRET = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{16,}"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|://[^\s/@:]+:[^\s/@]+@"
)
_SENT_TEXTS = (
    r"(\b(?:set-)?cookie[\"']?\s*[:=]\s*).+",
    r"(\b(?:proxy-)?authorization[\"']?\s*[:=]\s*).+",
    r"(\bbearer\s+)[\w.~+/=-]{6,}",
    r"(\bbasic\s+)[\w+/]{12,}=*",
    r"(\w://)[^\s/@:]+:[^\s/@]+(?=@)",
    r"(\b)eyJ[\w-]{8,}(?:\.[\w-]+)*",
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        *_SENT_TEXTS,
        rf"({_NAMES}[\"']?\s*[:=]\s*)[\"']?[^\s\"',;&}}]+",
        r"(\b)sk-[\w-]{4,}",
    )
)
_SENT = tuple(re.compile(pattern.encode(), re.IGNORECASE) for pattern in _SENT_TEXTS)
_MAY_BE_SENT = re.compile(rb"cookie|authorization|bearer|basic|://|eyJ", re.IGNORECASE)


class Redactor:
    """Knows the secrets of a pool, and masks them in any of their forms."""

    def __init__(self, keys: Iterable[str], values: Iterable[str]) -> None:
        found = {key for key in keys if key.strip()}
        found |= {value for value in values if len(value) > SHORTEST_VALUE}
        self._index = SecretIndex(
            form.encode(errors=_SURROGATES) for secret in found for form in _forms(secret)
        )

    def __repr__(self) -> str:
        return f"Redactor({len(self._index)} secrets)"

    @property
    def longest(self) -> int:
        """Return the length of the longest secret in bytes."""
        return self._index.longest

    def text(self, text: str) -> str:
        """Return the text without secrets, and without values that look like one."""
        known = self._index.masked(text.encode(errors=_SURROGATES)).decode(errors=_SURROGATES)
        for pattern in _PATTERNS:
            known = pattern.sub(rf"\1{MASK}", known)
        return known

    def excerpt(self, text: str) -> str:
        """The same for lines that are kept or shown: each is cut to `LONGEST_LINE` characters.

        A cut never goes through a secret, since what is left of one might not be known.
        """
        return self.text("\n".join(map(self._cut, text.split("\n"))))

    def _cut(self, line: str) -> str:
        if len(line) <= LONGEST_LINE:
            return line
        end = LONGEST_LINE
        secret = (*self._known_in(line), *_likely_in(line[: LONGEST_LINE + _LOOK_AHEAD]))
        for begins, ends in sorted(secret, reverse=True):
            if begins < end <= ends:
                end = begins
        return line[:end]

    def _known_in(self, line: str) -> Iterator[tuple[int, int]]:
        shown = len(line[:LONGEST_LINE].encode(errors=_SURROGATES))
        text = line[: LONGEST_LINE + self.longest].encode(errors=_SURROGATES)
        for begins, ends in self._index.places(text, shown):
            before = len(text[:begins].decode(errors=_SURROGATES))
            yield before, before + len(text[begins:ends].decode(errors=_SURROGATES))

    def log_line(self, line: bytes) -> bytes:
        """Return a log line without secrets, and without its cookies and request credentials.

        Other words that look like secrets stay: a log also counts tokens.
        """
        known = self._index.masked(line)
        if _MAY_BE_SENT.search(known):
            for pattern in _SENT:
                known = pattern.sub(rb"\1" + MASK.encode(), known)
        return known

    def document(self, content: Any) -> Any:
        """Return decoded JSON with every text in it redacted, except the names of members."""
        if isinstance(content, str):
            return self.text(content)
        if isinstance(content, dict):
            return {name: self.document(value) for name, value in content.items()}
        if isinstance(content, list | tuple):
            return [self.document(value) for value in content]
        return content


def _likely_in(text: str) -> Iterator[tuple[int, int]]:
    """From where to where there is what looks like a secret."""
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            yield found.end(1), found.end()


def strings_in(content: Any) -> Iterator[str]:
    """Return every text in decoded JSON, at any depth, except the names of members."""
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
    """Return the secret values of a session: from cookies and the storage of sites.

    A cookie's own name, domain and path are no secrets, nor is the address of a site: masking them
    would remove ordinary words from the output. Any other value that is long enough, and is no name
    or address, may be a secret.
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
    """Return the values of an environment file's lines, as written and without their quotes."""
    for _, value in _settings_in(text):
        yield value
        yield value.strip("'\"")


def secrets_in_env_file(text: str) -> Iterator[str]:
    """Return the values that may be secret, by their names or by how they look.

    The others are words such as ``headless``: masking them would remove them from every log.
    """
    for name, value in _settings_in(text):
        bare = value.strip("'\"")
        if _is_named_a_secret(name, bare) or _LIKE_A_SECRET.search(bare):
            yield bare


def _is_named_a_secret(name: str, value: str) -> bool:
    if _FLAG.fullmatch(value):
        return False
    is_key = _SECRET_NAME.search(name) and not _NUMBER_OR_PATH.fullmatch(value)
    return bool(is_key or _PASSWORD_NAME.search(name))


def _settings_in(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, separator, value = line.partition("=")
        if separator and not name.lstrip().startswith("#"):
            yield name.strip(), value.strip()


def _forms(secret: str) -> Iterator[str]:
    """Return the secret as it is, by lines, in parts, and in JSON, URL and base64 form."""
    yield secret
    yield from (line for line in secret.splitlines() if len(line) > SHORTEST_VALUE)
    if len(secret) >= _LONG and "://" not in secret:  # an address ends like any other
        yield secret[-_PART:]
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    raw = _bytes_of(secret)
    yield "".join(chr(byte) if byte in _PLAIN_IN_ADDRESSES else f"%{byte:02X}" for byte in raw)
    if len(secret) > SHORTEST_VALUE:
        yield base64.b64encode(raw).decode().rstrip("=")


def _bytes_of(secret: str) -> bytes:
    """Return its bytes; a session can contain half of a surrogate pair, which is no UTF-8."""
    try:
        return secret.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return secret.encode(errors="surrogatepass")
