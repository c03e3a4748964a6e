"""The container engine behind one protocol; nothing outside this folder knows its wire format."""

from multi_instance_manager.engine.connect import connect
from multi_instance_manager.engine.endpoint import Endpoint, resolve_endpoint
from multi_instance_manager.engine.protocol import (
    ContainerStatus,
    Engine,
    EngineInfo,
    Image,
    Usage,
)

__all__ = [
    "ContainerStatus",
    "Endpoint",
    "Engine",
    "EngineInfo",
    "Image",
    "Usage",
    "connect",
    "resolve_endpoint",
]
