"""Options of `docker run` that are refused by name, each with its reason. Pure.

A reason is the rest of a sentence whose subject is the option, and says what to do instead.
"""

from __future__ import annotations

import msgspec

_BACKGROUND = "instances run in the background and nothing is attached to them; leave it out"
_KEEPS = "the manager removes containers itself, after the session has been saved; leave it out"
_PULL = "the manager decides when the image is looked for; leave it out"
_WINDOWS = "it exists on Windows only, and the application's image is a Linux one; leave it out"


class RefusedOption(msgspec.Struct, frozen=True):
    """A refused option; `takes_value`: a word follows it."""

    name: str
    reason: str
    takes_value: bool = False
    short: str = ""


REFUSED = (
    RefusedOption(
        "name",
        "the manager names containers itself; use --container-prefix",
        takes_value=True,
    ),
    RefusedOption("rm", _KEEPS),
    RefusedOption("interactive", _BACKGROUND, short="i"),
    RefusedOption("tty", _BACKGROUND, short="t"),
    RefusedOption("detach", "instances always run in the background; leave it out", short="d"),
    RefusedOption("attach", _BACKGROUND, takes_value=True, short="a"),
    RefusedOption("sig-proxy", _BACKGROUND),
    RefusedOption("detach-keys", _BACKGROUND, takes_value=True),
    RefusedOption(
        "cidfile",
        "one file cannot hold the ids of several instances; use `multi-instance status`",
        takes_value=True,
    ),
    RefusedOption("pull", _PULL, takes_value=True),
    RefusedOption("quiet", _PULL, short="q"),
    RefusedOption("disable-content-trust", _PULL),
    RefusedOption(
        "publish-all",
        "the ports of an instance come from its lease; use -p for a further port",
        short="P",
    ),
    RefusedOption(
        "link",
        "links are superseded and tie an instance to another container; use --network with "
        "--network-alias",
        takes_value=True,
    ),
    RefusedOption(
        "kernel-memory",
        "engines no longer support it and the client no longer sends it; use --memory",
        takes_value=True,
    ),
    RefusedOption(
        "use-api-socket",
        "it hands the engine and your registry logins to the application; leave it out",
    ),
    RefusedOption("cpu-count", _WINDOWS, takes_value=True),
    RefusedOption("cpu-percent", _WINDOWS, takes_value=True),
    RefusedOption("io-maxbandwidth", _WINDOWS, takes_value=True),
    RefusedOption("io-maxiops", _WINDOWS, takes_value=True),
    RefusedOption("help", "there is nothing to run it on; see `docker run --help`"),
)

BY_NAME = {option.name: option for option in REFUSED}
BY_SHORT = {option.short: option for option in REFUSED if option.short}
