"""Builds the objects that the pure modules take, with one sensible value for everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from multi_instance_manager.application.builtin import builtin_application
from multi_instance_manager.application.definition import (
    Application,
    ContainerPaths,
    ContainerPorts,
    ImageNames,
    ProjectPaths,
    Readiness,
    VariableNames,
)
from multi_instance_manager.engine.docker_run import ExtraArgs
from multi_instance_manager.engine.docker_run.reserved import reserved_by
from multi_instance_manager.engine.protocol.engine import Image
from multi_instance_manager.fleet.container_names import container_name_of
from multi_instance_manager.fleet.containers import ContainerState, ObservedContainer, PublishedPort
from multi_instance_manager.fleet.labels import API_PORT, STREAM_PORT
from multi_instance_manager.fleet.leases import PortBases, assign_slots
from multi_instance_manager.fleet.ownership import Home
from multi_instance_manager.plan.desired import Ingredients, wanted_specs
from multi_instance_manager.plan.mounts import Host
from multi_instance_manager.plan.spec import InstanceSpec
from multi_instance_manager.settings.model import ImageChoice, Isolation, Limits, Settings, Timeouts
from multi_instance_manager.state.layout import StateLayout
from multi_instance_manager.text.secret import Secret

APPLICATION = builtin_application()
RESERVED = reserved_by(APPLICATION)
ACTIVE, SAVED = APPLICATION.paths.active_dir, APPLICATION.paths.saved_dir
EMERGENCY = str(APPLICATION.paths.emergency_dir)
KEY_FILE = str(APPLICATION.paths.key_path)
KEY = "sk-a-key-nobody-may-see"
ROOT = Path("/srv/application")
PREFIX = "ai-proxy"
IMAGE = Image("ai-studio-proxy:latest", "sha256:aaaaaaaaaaaaaaaaaaaaaaaa")
NEXT_IMAGE = Image("ai-studio-proxy:latest", "sha256:bbbbbbbbbbbbbbbbbbbbbbbb")
CONNECT = "multi_instance_manager.engine.connect.connect"


def some_settings(root: Path = ROOT, **changes: Any) -> Settings:
    settings = Settings(
        project_root=root,
        profile_dir=root / "auth_profiles" / "saved",
        docker_env_file=root / "docker" / ".env",
        state_dir=root / ".multi-instance-runtime",
        image=ImageChoice("ai-studio-proxy:latest", "docker-ai-studio-proxy:latest"),
        container_prefix=PREFIX,
        api_key=Secret(KEY),
        api_key_asked_for=True,
        log_level="INFO",
        bases=PortBases(2048, 3120),
        host_ip="127.0.0.1",
        memory_per_instance_gb=1.0,
        limits=Limits(),
        rotation=False,
        isolation=Isolation.PRIVATE,
        docker_args=(),
        timeouts=Timeouts(),
    )
    return replace(settings, **changes)


def other_application() -> Application:
    """One that has the least that an application can have."""
    return Application(
        name="Other",
        image=ImageNames("other:1"),
        ports=ContainerPorts(8000),
        paths=ContainerPaths("/data/logins", active="in-use", saved="all"),
        readiness=Readiness("/", 204),
        project=ProjectPaths(pool="logins"),
        variables=VariableNames(startup_profile="LOGIN_FILE"),
    )


def some_host(root: Path = ROOT, **changes: Any) -> Host:
    tree = root / "auth_profiles"
    return replace(Host(str(tree), f"{tree}/saved", env_digest="d1"), **changes)


def layout_of(settings: Settings) -> StateLayout:
    return StateLayout(settings.state_dir, settings.container_prefix)


def specs_of(
    *names: str,
    settings: Settings | None = None,
    image: Image = IMAGE,
    extra: ExtraArgs | None = None,
    held: Mapping[str, int] | None = None,
) -> tuple[InstanceSpec, ...]:
    """The wanted specs of some profiles, with the lowest free slots unless they hold others."""
    wanted = settings or some_settings()
    shared = Ingredients(
        wanted, some_host(wanted.project_root), layout_of(wanted), image, extra or ExtraArgs()
    )
    return wanted_specs(names, assign_slots(names, held or {}), shared)


def spec_of(name: str = "user-a", **more: Any) -> InstanceSpec:
    return specs_of(name, **more)[0]


def container_of(
    spec: InstanceSpec,
    state: ContainerState = ContainerState.RUNNING,
    *,
    name: str | None = None,
    labels: Mapping[str, str] | None = None,
    container_id: str | None = None,
) -> ObservedContainer:
    """The container as the engine would show it after it was made from the spec."""
    up = state in {ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING}
    shown = name or spec.container_name
    return ObservedContainer(
        container_id=container_id or f"id-of-{shown}",
        name=shown,
        image_name=spec.image.name,
        image_id=spec.image.image_id,
        state=state,
        labels=spec.labels().as_mapping() if labels is None else labels,
        published=tuple(PublishedPort(spec.host_ip, port) for port in spec.host_ports)
        if up
        else (),
        mounts={mount.target: mount.source for mount in spec.mounts},
        read_only=frozenset(mount.target for mount in spec.mounts if mount.read_only),
    )


def home_of(settings: Settings | None = None) -> Home:
    """The fleet of these settings, as its containers are held against it."""
    wanted = settings or some_settings()
    active = str(layout_of(wanted).active_dir("x").parent)
    return Home(wanted.container_prefix, str(wanted.project_root), active)


def foreign_container(name: str, ports: Sequence[int] = ()) -> ObservedContainer:
    return ObservedContainer(
        container_id=f"id-of-{name}",
        name=name,
        image_name="somebody-elses:1",
        image_id="sha256:ffff",
        state=ContainerState.RUNNING,
        published=tuple(PublishedPort("0.0.0.0", port) for port in ports),
    )


def name_of(profile_name: str) -> str:
    return container_name_of(PREFIX, profile_name)


def ports_of(container: ObservedContainer) -> tuple[int, int]:
    """The leases in a container's labels."""
    return int(container.labels[API_PORT]), int(container.labels[STREAM_PORT])
