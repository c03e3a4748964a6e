"""Every option of `up`: its flag, variable, default, meaning and reader, in one table. Pure.

The command line, the resolution of settings, ``--help`` and the tables of the README all come
from here, so that they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multi_instance_manager.settings import values

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_IMAGE = "ai-studio-proxy:latest"
COMPOSE_IMAGE = "docker-ai-studio-proxy:latest"
DEFAULT_API_KEY = "sk-dummy"


@dataclass(frozen=True, slots=True)
class Option:
    """One option.

    ``default`` is the text that stands for it where nothing was given (None: it is derived).
    ``metavar`` None makes it a switch; ``switch_value`` is what the switch turns the setting to.
    """

    name: str
    flag: str
    help: str
    variable: str | None = None
    default: str | None = None
    metavar: str | None = None
    reader: Callable[[str], Any] = values.words
    switch_value: bool = True
    secret: bool = False
    repeatable: bool = False
    shown_default: str | None = None

    @property
    def is_switch(self) -> bool:
        """Whether the flag stands alone, without a value."""
        return self.metavar is None

    @property
    def default_text(self) -> str:
        """The default, as the help and the README show it."""
        if self.shown_default is not None:
            return self.shown_default
        return "off" if self.is_switch else (self.default or "none")


def _switch(name: str, flag: str, text: str, **more: Any) -> Option:
    default = "false" if more.get("switch_value", True) else "true"
    return Option(name, flag, text, default=default, reader=values.boolean, **more)


SEED_OPTIONS: tuple[Option, ...] = (
    Option(
        "project_root",
        "--project-root",
        "The repository of the application.",
        "PROJECT_ROOT",
        metavar="PATH",
        reader=values.path,
        shown_default="found from the working directory upwards, or from the script's place",
    ),
    Option(
        "profile_dir",
        "--profile-dir",
        "Folder of the saved auth profiles.",
        "PROFILE_DIR",
        metavar="PATH",
        reader=values.path,
        shown_default="<project root>/auth_profiles/saved",
    ),
    Option(
        "docker_env_file",
        "--docker-env-file",
        "Environment file mounted read-only at /app/.env.",
        "DOCKER_ENV_FILE",
        metavar="PATH",
        reader=values.path,
        shown_default="<project root>/docker/.env",
    ),
    Option(
        "image",
        "--image",
        "Image of every instance. One that is named here is never replaced by another.",
        "IMAGE_NAME",
        metavar="NAME",
        reader=values.image_name,
        shown_default=f"{DEFAULT_IMAGE}, else {COMPOSE_IMAGE}",
    ),
    Option(
        "container_prefix",
        "--container-prefix",
        "What every container name begins with.",
        "CONTAINER_PREFIX",
        "ai-proxy",
        "PREFIX",
        values.prefix,
    ),
    Option(
        "api_key",
        "--api-key",
        "API key shared by all instances.",
        "API_KEY",
        DEFAULT_API_KEY,
        "KEY",
        values.api_key,
        secret=True,
    ),
    Option(
        "log_level",
        "--log-level",
        "SERVER_LOG_LEVEL of the application.",
        "SERVER_LOG_LEVEL",
        "INFO",
        "LEVEL",
        values.log_level,
    ),
    Option(
        "base_api_port",
        "--base-api-port",
        "First host port of the APIs.",
        "BASE_API_PORT",
        "2048",
        "PORT",
        values.port,
    ),
    Option(
        "base_stream_port",
        "--base-stream-port",
        "First host port of the streams.",
        "BASE_STREAM_PORT",
        "3120",
        "PORT",
        values.port,
    ),
    Option(
        "memory_per_instance_gb",
        "--memory-per-instance-gb",
        "Memory that each instance is expected to need, for the warning.",
        "MEMORY_PER_INSTANCE_GB",
        "1",
        "N",
        values.positive_number,
    ),
    _switch(
        "auto_confirm",
        "--auto-confirm",
        "Launch without asking.",
        variable="AUTO_CONFIRM",
    ),
    _switch(
        "dry_run",
        "--dry-run",
        "Print the plan and the commands that would do the same; touch nothing.",
        variable="DRY_RUN",
    ),
    _switch(
        "mount_docker_env",
        "--no-docker-env",
        "Do not mount the environment file.",
        variable="MOUNT_DOCKER_ENV",
        switch_value=False,
    ),
    _switch(
        "disable_auth_rotation",
        "--enable-auth-rotation",
        "Let the application rotate into other profiles; the pool stays visible to it.",
        variable="DISABLE_AUTH_ROTATION",
        switch_value=False,
    ),
)

MORE_OPTIONS: tuple[Option, ...] = (
    Option(
        "docker_args",
        "--docker-arg",
        "Further `docker run` options for every instance, quoted as in a shell. Repeatable.",
        "EXTRA_DOCKER_ARGS",
        metavar="ARGS",
        repeatable=True,
        shown_default="none",
    ),
    Option(
        "state_dir",
        "--state-dir",
        "Folder of the private runtime copies and records.",
        "RUNTIME_STATE_DIR",
        metavar="PATH",
        reader=values.path,
        shown_default="<project root>/.multi-instance-runtime",
    ),
    Option(
        "host_ip",
        "--host-ip",
        "Host address that the ports are published on. Anything but loopback is open to others.",
        "MULTI_INSTANCE_HOST_IP",
        "127.0.0.1",
        "ADDRESS",
        values.address,
    ),
    Option(
        "isolation",
        "--isolation",
        "private: an instance sees its own profile alone. shared: it sees the pool.",
        "MULTI_INSTANCE_ISOLATION",
        "private",
        "private|shared",
    ),
    Option(
        "memory_limit",
        "--memory-limit",
        "Memory limit of each container, such as 2g.",
        "MULTI_INSTANCE_MEMORY_LIMIT",
        metavar="SIZE",
        reader=values.memory_size,
    ),
    Option(
        "cpus",
        "--cpus",
        "CPU limit of each container, such as 1.5.",
        "MULTI_INSTANCE_CPUS",
        metavar="N",
        reader=values.nano_cpus,
    ),
    Option(
        "shm_size",
        "--shm-size",
        "Size of /dev/shm in each container, such as 1g.",
        "MULTI_INSTANCE_SHM_SIZE",
        metavar="SIZE",
        reader=values.shm_size,
    ),
    Option(
        "parallel",
        "--parallel",
        "How many engine calls that create, start or stop run at once.",
        "MULTI_INSTANCE_PARALLEL",
        "4",
        "N",
        values.count,
    ),
    Option(
        "starting",
        "--max-starting",
        "How many instances may be starting up at once.",
        "MULTI_INSTANCE_MAX_STARTING",
        "4",
        "N",
        values.count,
    ),
    Option(
        "wait_timeout",
        "--wait-timeout",
        "Seconds that an instance has to become ready.",
        "WAIT_TIMEOUT",
        "120",
        "SECONDS",
        values.seconds,
    ),
    _switch(
        "wait",
        "--no-wait",
        "Do not wait until the instances are ready, and prove nothing.",
        switch_value=False,
    ),
    Option(
        "stop_timeout",
        "--stop-timeout",
        "Seconds that an instance has to save its session when it is stopped.",
        "MULTI_INSTANCE_STOP_TIMEOUT",
        "30",
        "SECONDS",
        values.seconds,
    ),
    Option(
        "lock_timeout",
        "--lock-timeout",
        "Seconds to wait for another manager of the same pool to finish.",
        "MULTI_INSTANCE_LOCK_TIMEOUT",
        "10",
        "SECONDS",
        values.seconds,
    ),
    _switch("recreate", "--recreate", "Replace every instance, changed or not."),
    _switch(
        "remove_orphans",
        "--remove-orphans",
        "Stop and remove the containers whose profile is gone.",
    ),
    _switch(
        "show_secrets",
        "--show-secrets",
        "Print the API key in the lines of a dry run.",
    ),
    Option("output", "--output", "What the result is written as.", None, "text", "text|json"),
    Option(
        "host",
        "--host",
        "Engine endpoint, such as unix:///var/run/docker.sock. Also DOCKER_HOST.",
        metavar="URL",
    ),
    Option(
        "context",
        "--context",
        "Docker context that names the engine. Also DOCKER_CONTEXT.",
        metavar="NAME",
    ),
)

OPTIONS: tuple[Option, ...] = SEED_OPTIONS + MORE_OPTIONS
