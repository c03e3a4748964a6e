"""`ExtraArgs`: the user's own options, read once, to be applied to any payload. Pure.

The tokens are everything: files and variables of the caller have been read into them, so that
their content is part of the spec hash, and applying them looks at nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multi_instance_manager.docker_args import table
from multi_instance_manager.docker_args.draft import Draft
from multi_instance_manager.docker_args.environment import last_of_each
from multi_instance_manager.docker_args.option import Given
from multi_instance_manager.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multi_instance_manager.docker_args.option import Option


@dataclass(frozen=True, slots=True, repr=False)
class ExtraArgs:
    """Options to add to a container, as long-form tokens such as `--memory=2g`, in order.

    Tokens come from `parse_docker_args`, which has judged them; variables read from a file come
    first, as the client has it, so that an `--env` rules over its file.
    """

    tokens: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"ExtraArgs({self.masked_tokens!r})"

    def apply_to(self, payload: dict[str, Any]) -> dict[str, Any]:
        """A new payload of `POST /containers/create`, as the docker client would have sent it."""
        draft = Draft(payload)
        given = self._given()
        for option in table.OPTIONS:
            if option.write is not None and option.name in given:
                option.write(draft, given.all(option.name))
        for theme in table.THEMES:
            if theme.compose is not None:
                theme.compose(draft, given)
        return draft.payload

    @property
    def masked_tokens(self) -> tuple[str, ...]:
        """The tokens with the value of every variable masked: what may be shown."""
        return tuple(_masked(token) for token in self.tokens)

    @property
    def host_ports(self) -> tuple[int, ...]:
        """The host ports that `--publish` fixes; not those that the engine may choose."""
        published = self._given().all("publish")
        ports = (binding.fixed_host_port for bindings in published for binding in bindings)
        return tuple(sorted({port for port in ports if port is not None}))

    @property
    def environment(self) -> tuple[tuple[str, str], ...]:
        """The variables that are set, each once; not those that are removed from the image's."""
        variables = last_of_each(self._given().all("env"))
        return tuple((name, value) for name, value in variables if value is not None)

    @property
    def platform(self) -> str | None:
        """The platform to ask for: a parameter of the create request, not part of its body."""
        found: str | None = self._given().last("platform")
        return found

    @property
    def needed_api(self) -> tuple[tuple[str, str], ...]:
        """Each option that older engines ignore in silence, with the API version it needs."""
        given = self._given()
        tabled = [(o.flag, o.needs_api) for o in table.OPTIONS if o.needs_api and o.name in given]
        for theme in table.THEMES:
            tabled += theme.needs_api(given) if theme.needs_api else ()
        return tuple(tabled)

    def _given(self) -> Given:
        return read(split(token) for token in self.tokens)


@dataclass(frozen=True, slots=True)
class ParsedDockerArgs:
    """What was understood, and every problem; nothing is understood when there is a problem."""

    extra: ExtraArgs
    problems: tuple[str, ...] = ()


def split(token: str) -> tuple[Option, str]:
    """The option of a token, and its value."""
    name, _, value = token.removeprefix("--").partition("=")
    return table.BY_NAME[name], value


def read(pairs: Iterable[tuple[Option, str]]) -> Given:
    """The values of options whose text has been judged already."""
    values: dict[str, list[Any]] = {}
    for option, value in pairs:
        values.setdefault(option.name, []).append(option.read(value))
    return Given(values)


def _masked(token: str) -> str:
    option, value = split(token)
    name, separator, _ = value.partition("=")
    return f"{option.flag}={name}={MASK}" if option.name == "env" and separator else token
