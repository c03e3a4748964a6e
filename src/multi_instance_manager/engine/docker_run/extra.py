"""`ExtraArgs`: the user's own options, parsed once, for any payload. Pure.

The tokens hold everything: files and variables of the caller are already in them. So their content
is part of the spec hash, and applying them reads nothing else. Most pools have none; then the table
of all options is not imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from multi_instance_manager.text.secret import Secret


class ExtraArgs(msgspec.Struct, frozen=True):
    """Options to add to a container, as long-form tokens such as `--memory=2g`, in order.

    `parse_docker_args` has validated the tokens. Variables from a file come first, as in the
    client, so that an `--env` overrides its file. ``proxies`` are the names of variables that come
    from the docker client's configuration and not from the user.
    """

    tokens: tuple[str, ...] = ()
    proxies: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"ExtraArgs({self.masked_tokens!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("tokens", self.masked_tokens)]

    def with_proxies(self, variables: Iterable[tuple[str, Secret]]) -> ExtraArgs:
        """Add the variables of the docker client's configuration that are not set.

        The client lets them override an ``--env-file``; here the user's file wins.
        """
        known = self.variable_names | self.proxies
        given = {name: value for name, value in variables if name not in known}
        tokens = (f"--env={name}={value.reveal()}" for name, value in given.items())
        return ExtraArgs((*tokens, *self.tokens), self.proxies | frozenset(given))

    def apply_to(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return a new payload of `POST /containers/create`, as the docker client would send it.

        The given payload is not changed.
        """
        if not self.tokens:
            return dict(payload)
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.applied(self.tokens, payload)

    @property
    def masked_tokens(self) -> tuple[str, ...]:
        """Return the tokens for display, without values that often hold secrets."""
        if not self.tokens:
            return ()
        from multi_instance_manager.engine.docker_run import tokens

        return tuple(tokens.masked(token) for token in self.tokens)

    @property
    def host_ports(self) -> tuple[int, ...]:
        """Return the host ports that `--publish` fixes, not those that the engine chooses."""
        if not self.tokens:
            return ()
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.host_ports(self.tokens)

    @property
    def published(self) -> tuple[tuple[str, int | None], ...]:
        """Return the host address of each published TCP port, and its port if it is fixed."""
        if not self.tokens:
            return ()
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.published(self.tokens)

    @property
    def environment(self) -> tuple[tuple[str, str], ...]:
        """Return the variables that are set, each once; not those removed from the image's."""
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
        """Return the names of variables that the user sets, or removes from the image's."""
        if not self.tokens:
            return frozenset()
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.variable_names(self.tokens) - self.proxies

    @property
    def platform(self) -> str | None:
        """Return the requested platform: a parameter of the create request, not of its body."""
        if not self.tokens:
            return None
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.platform(self.tokens)

    @property
    def needed_api(self) -> tuple[tuple[str, str], ...]:
        """Return each option that older engines silently ignore, with the API version it needs."""
        if not self.tokens:
            return ()
        from multi_instance_manager.engine.docker_run import tokens

        return tokens.needed_api(self.tokens)


class ParsedDockerArgs(msgspec.Struct, frozen=True):
    """The parsed options, or all problems; with a problem, no option is parsed."""

    extra: ExtraArgs
    problems: tuple[str, ...] = ()
