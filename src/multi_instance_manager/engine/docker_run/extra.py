"""`ExtraArgs`: the user's own options, read once, to be applied to any payload. Pure.

The tokens are everything: files and variables of the caller have been read into them, so that
their content is part of the spec hash, and applying them looks at nothing else. Where there are
none, which is how most pools run, the table of all options is not even imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from multi_instance_manager.text.secret import Secret


class ExtraArgs(msgspec.Struct, frozen=True):
    """Options to add to a container, as long-form tokens such as `--memory=2g`, in order.

    Tokens come from `parse_docker_args`, which has judged them; variables read from a file come
    first, as the client has it, so that an `--env` rules over its file. ``proxies`` are the names
    of the variables that come from the docker client's configuration and not from the person.
    """

    tokens: tuple[str, ...] = ()
    proxies: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"ExtraArgs({self.masked_tokens!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("tokens", self.masked_tokens)]

    def with_proxies(self, variables: Iterable[tuple[str, Secret]]) -> ExtraArgs:
        """The same with the variables of the docker client's configuration, where none is set.

        The client sets them over what an ``--env-file`` says; here the person's file rules.
        """
        known = self.variable_names | self.proxies
        given = {name: value for name, value in variables if name not in known}
        tokens = (f"--env={name}={value.reveal()}" for name, value in given.items())
        return ExtraArgs((*tokens, *self.tokens), self.proxies | frozenset(given))

    def apply_to(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """A new payload of `POST /containers/create`, as the docker client would have sent it.

        The one that is given stays as it is.
        """
        if not self.tokens:
            return dict(payload)
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.applied(self.tokens, payload)

    @property
    def masked_tokens(self) -> tuple[str, ...]:
        """The tokens without the values in which people put secrets: what may be shown."""
        if not self.tokens:
            return ()
        from multi_instance_manager.engine.docker_run import tokens

        return tuple(tokens.masked(token) for token in self.tokens)

    @property
    def host_ports(self) -> tuple[int, ...]:
        """The host ports that `--publish` fixes; not those that the engine may choose."""
        if not self.tokens:
            return ()
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.host_ports(self.tokens)

    @property
    def published(self) -> tuple[tuple[str, int | None], ...]:
        """The host address of each TCP port that is published, and its port where it is fixed."""
        if not self.tokens:
            return ()
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.published(self.tokens)

    @property
    def environment(self) -> tuple[tuple[str, str], ...]:
        """The variables that are set, each once; not those that are removed from the image's."""
        if not self.tokens:
            return ()
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.environment(self.tokens)

    @property
    def masked_options(self) -> Mapping[str, tuple[str, ...]]:
        """The masked tokens of each option, by its flag."""
        if not self.tokens:
            return {}
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.masked_by_flag(self.tokens)

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """Each option that is not shown, variables apart: masked, and as it is."""
        if not self.tokens:
            return ()
        from multi_instance_manager.engine.docker_run import tokens

        return tuple(dict.fromkeys(tokens.hidden(self.tokens)))

    @property
    def secrets(self) -> tuple[tuple[str, str], ...]:
        """What is not shown: the variables, then the other options."""
        return (*self.environment, *self.hidden)

    @property
    def variable_names(self) -> frozenset[str]:
        """The variables that the person speaks of: sets, or removes from the image's."""
        if not self.tokens:
            return frozenset()
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.variable_names(self.tokens) - self.proxies

    @property
    def platform(self) -> str | None:
        """The platform to ask for: a parameter of the create request, not part of its body."""
        if not self.tokens:
            return None
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.platform(self.tokens)

    @property
    def needed_api(self) -> tuple[tuple[str, str], ...]:
        """Each option that older engines ignore in silence, with the API version it needs."""
        if not self.tokens:
            return ()
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.needed_api(self.tokens)


class ParsedDockerArgs(msgspec.Struct, frozen=True):
    """What was understood, and every problem; nothing is understood when there is a problem."""

    extra: ExtraArgs
    problems: tuple[str, ...] = ()
