"""The options of the earlier script, with its names, variables and defaults. Pure."""

from __future__ import annotations

from multi_instance_manager.settings import values
from multi_instance_manager.settings.option import Option, switch

DEFAULT_API_KEY = "sk-dummy"

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
        shown_default="<project root>/{application.project.pool}",
    ),
    Option(
        "docker_env_file",
        "--docker-env-file",
        "Environment file mounted read-only at {application.paths.environment_file}.",
        "DOCKER_ENV_FILE",
        metavar="PATH",
        reader=values.path,
        shown_default="<project root>/{application.project.environment_file}",
    ),
    Option(
        "image",
        "--image",
        "Image of every instance. An image that you name is never replaced by another.",
        "IMAGE_NAME",
        metavar="NAME",
        reader=values.image_name,
        shown_default="{application.image.default}, else {application.image.compose}",
    ),
    Option(
        "container_prefix",
        "--container-prefix",
        "Prefix of every container name.",
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
        "{application.variables.log_level} of the application.",
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
        "Expected memory need of each instance without a memory limit. `up` warns if a launch "
        "needs more than half of the available memory.",
        "MEMORY_PER_INSTANCE_GB",
        "1",
        "N",
        values.positive_number,
    ),
    switch(
        "auto_confirm",
        "--auto-confirm",
        "Do not ask before a change.",
        variable="AUTO_CONFIRM",
        short="-y",
    ),
    switch(
        "dry_run",
        "--dry-run",
        "Print the plan and the matching docker commands; change nothing.",
        variable="DRY_RUN",
        not_in_file="it is for one run; pass --dry-run, or use `plan`",
    ),
    switch(
        "mount_docker_env",
        "--no-docker-env",
        "Do not mount the environment file.",
        variable="MOUNT_DOCKER_ENV",
        switch_value=False,
    ),
    switch(
        "disable_auth_rotation",
        "--enable-auth-rotation",
        "Let the application switch to other profiles while it runs. It sees the whole pool, and "
        "still starts on its own profile.",
        variable="DISABLE_AUTH_ROTATION",
        switch_value=False,
    ),
)
