"""The connection of one run to its engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.engine import connect, resolve_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.engine import Engine
    from multi_instance_manager.settings import Settings


class Connection:
    """The engine, connected at its first use and then kept."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self.settings = settings
        self.environment = environment
        self._engine: Engine | None = None

    def engine(self) -> Engine:
        """Give the engine; raises `EngineUnreachable`."""
        if self._engine is None:
            self._engine = _connect(self.settings, self.environment)
        return self._engine


def _connect(settings: Settings, environment: Mapping[str, str]) -> Engine:
    endpoint = resolve_endpoint(
        host=settings.host, context=settings.context, environment=environment
    )
    return connect(endpoint, timeout_s=settings.patience.engine_timeout_s)
