"""JSON by the C parts of the standard library: the modules around them cost a sixth of a start.

Whatever those parts cannot do, the whole `json` does.
"""

from _json import encode_basestring_ascii, make_encoder, make_scanner

_BLANKS = " \t\n\r"


class _Defaults:
    """What `json.JSONDecoder` tells the scanner."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_int, parse_float, parse_constant = int, float, float


def loads(content: bytes) -> object:
    """Parse JSON as `json.loads` does; raises `ValueError`."""
    try:
        text = content.decode().strip(_BLANKS)
        value, end = make_scanner(_Defaults)(text, 0)  # type: ignore[arg-type]  # as JSONDecoder does
    except (StopIteration, SystemError, ValueError, RecursionError):
        # SystemError: the scanner looks for the class of its error in `json.decoder`, which is not
        # imported.
        return _loads_by_the_book(content)
    return value if end == len(text) else _loads_by_the_book(content)


def dumps(value: object) -> str:
    """Write JSON as `json.dumps` does."""
    encode = make_encoder({}, repr, encode_basestring_ascii, None, ": ", ", ", False, False, True)
    return "".join(encode(value, 0))


def _loads_by_the_book(content: bytes) -> object:
    import json

    return json.loads(content)
