"""The meaning of the tokens of `ExtraArgs`, by the table of all options. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multi_instance_manager.engine.docker_run import option_table
from multi_instance_manager.engine.docker_run.comma_separated import fields
from multi_instance_manager.engine.docker_run.docker_option import ParsedOptions
from multi_instance_manager.engine.docker_run.draft import Draft
from multi_instance_manager.engine.docker_run.environment import last_of_each
from multi_instance_manager.text.secret import MASK

_WITH_NAMES = {"env", "label", "annotation", "log-opt", "storage-opt"}
_WHOLE = {"health-cmd"}
_WITH_FIELDS = {"mount", "network", "gpus"}
_SECRET_FIELDS = ("volume-opt", "volume-label", "driver-opt", "options")
_KIND_OF_VOLUME = "type"

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from multi_instance_manager.engine.docker_run.docker_option import DockerOption


def applied(tokens: Sequence[str], payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a new payload with the options written into it."""
    draft = Draft(payload)
    given = _given(tokens)
    for option in option_table.OPTIONS:
        if option.write is not None and option.name in given:
            option.write(draft, given.all(option.name))
    for theme in option_table.THEMES:
        if theme.compose is not None:
            theme.compose(draft, given)
    return draft.payload


def masked(token: str) -> str:
    """Return a token without values that often hold secrets."""
    option, value = split(token)
    name, separator, _ = value.partition("=")
    if option.name in _WITH_NAMES:
        return f"{option.flag}={name}={MASK}" if separator else token
    if option.name in _WHOLE:
        return f"{option.flag}={MASK}"
    if option.name in _WITH_FIELDS and any(part in value for part in _SECRET_FIELDS):
        return f"{option.flag}={','.join(map(_masked_field, fields(value)))}"
    return token


def masked_by_flag(tokens: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The masked tokens of each option, by its flag."""
    found: dict[str, tuple[str, ...]] = {}
    for token in tokens:
        flag = split(token)[0].flag
        found[flag] = (*found.get(flag, ()), masked(token))
    return found


def hidden(tokens: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return tokens that are shown masked, except variables: as shown, and in full."""
    found = ((masked(token), token) for token in tokens if split(token)[0].name != "env")
    return tuple((shown, token) for shown, token in found if shown != token)


def _masked_field(field: str) -> str:
    """Mask a field of a mount or a network: for a driver's option, keep only its name."""
    key, _, setting = field.partition("=")
    name, separator, _ = setting.partition("=")
    is_secret = key in _SECRET_FIELDS and separator and name != _KIND_OF_VOLUME
    return f"{key}={name}={MASK}" if is_secret else field


def host_ports(tokens: Sequence[str]) -> tuple[int, ...]:
    """Return the fixed host ports, in order."""
    published = _given(tokens).all("publish")
    ports = (binding.fixed_host_port for bindings in published for binding in bindings)
    return tuple(sorted({port for port in ports if port is not None}))


def published(tokens: Sequence[str]) -> tuple[tuple[str, int | None], ...]:
    """Return the host address and the fixed host port of each published TCP port."""
    bindings = (binding for some in _given(tokens).all("publish") for binding in some)
    return tuple(
        (binding.host_ip or "0.0.0.0", binding.fixed_host_port)  # noqa: S104  # what engines take
        for binding in bindings
        if binding.container_port.endswith("/tcp")
    )


def environment(tokens: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the variables that are set, each once."""
    variables = last_of_each(_given(tokens).all("env"))
    return tuple((name, value) for name, value in variables if value is not None)


def variable_names(tokens: Sequence[str]) -> frozenset[str]:
    """Return the names of variables that are set or removed."""
    return frozenset(name for name, _ in _given(tokens).all("env"))


def platform(tokens: Sequence[str]) -> str | None:
    """Return the last platform that is named."""
    found: str | None = _given(tokens).last("platform")
    return found


def needed_api(tokens: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return each option that needs a version of the API, with that version."""
    given = _given(tokens)
    tabled = [
        (o.flag, o.needs_api) for o in option_table.OPTIONS if o.needs_api and o.name in given
    ]
    for theme in option_table.THEMES:
        tabled += theme.needs_api(given) if theme.needs_api else ()
    return tuple(tabled)


def split(token: str) -> tuple[DockerOption, str]:
    """Return the option of a token, and its value."""
    name, _, value = token.removeprefix("--").partition("=")
    return option_table.BY_NAME[name], value


def read(pairs: Iterable[tuple[DockerOption, str]]) -> ParsedOptions:
    """Read the values of options whose text is already validated."""
    values: dict[str, list[Any]] = {}
    for option, value in pairs:
        values.setdefault(option.name, []).append(option.read(value))
    return ParsedOptions(values)


def _given(tokens: Sequence[str]) -> ParsedOptions:
    return read(split(token) for token in tokens)
