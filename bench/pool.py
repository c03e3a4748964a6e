"""A scratch pool of any size, and everything that has to do with its containers but the timing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("multi-instance")
IMAGE = os.environ.get("MULTI_INSTANCE_REFERENCE_IMAGE", "multi-instance-reference:latest")
KEY = "sk-of-the-bench"
API_PORT, STREAM_PORT = 24000, 25000
_FAR_FUTURE = 4102444800


@dataclass
class Pool:
    """A project of its own, with a prefix and ports of its own."""

    root: Path
    size: int
    prefix: str = field(default_factory=lambda: f"bench{uuid.uuid4().hex[:6]}")
    image: str = IMAGE
    api_port: int = API_PORT
    stream_port: int = STREAM_PORT

    def __post_init__(self) -> None:
        """Write the profiles; containers enter as a user whose number is nobody's here."""
        for folder in (self.saved, self.root / "auth_profiles" / "active", self.root / "docker"):
            folder.mkdir(parents=True)
        (self.root / "docker" / ".env").write_text("REFERENCE_READY_AFTER_S=0\n")
        for name in self.names:
            cookie = {"name": "SID", "domain": ".google.com", "value": f"of-{name}"}
            content = {"cookies": [{**cookie, "expires": _FAR_FUTURE}], "origins": []}
            (self.saved / f"{name}.json").write_text(json.dumps(content))

    @property
    def saved(self) -> Path:
        """The folder of the profiles."""
        return self.root / "auth_profiles" / "saved"

    @property
    def names(self) -> list[str]:
        """The profiles' names."""
        return [f"user-{number:05}" for number in range(self.size)]

    @property
    def containers(self) -> list[str]:
        """The containers' names."""
        return [f"{self.prefix}-{name}" for name in self.names]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the manager and the shell loop both read."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/root"),
            "PROJECT_ROOT": str(self.root),
            "IMAGE_NAME": self.image,
            "CONTAINER_PREFIX": self.prefix,
            "BASE_API_PORT": str(self.api_port),
            "BASE_STREAM_PORT": str(self.stream_port),
            "API_KEY": KEY,
            "AUTO_CONFIRM": "true",
        }

    def manager(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run the manager; any other exit code ends the benchmark."""
        return run([str(COMMAND), *words], self.environment, codes)

    def payloads(self) -> Path:
        """The create call of every container, in a file: what the manager itself would send.

        Every tool launches the same: same image, mounts, ports, variables, limits and labels.
        """
        from multi_instance_manager.commands.survey.gather import survey
        from multi_instance_manager.commands.survey.request import Request
        from multi_instance_manager.settings.reading import GivenOptions
        from multi_instance_manager.settings.resolve import resolve_settings

        settings = resolve_settings(GivenOptions({}, self.environment, self.root))
        specs = survey(Request(settings, self.environment)).specs
        path = self.root / "payloads.json"
        payloads = {spec.container_name: spec.payload() for spec in specs}
        path.write_text(json.dumps(payloads))
        self._prepare_sources(payloads)
        return path

    def _prepare_sources(self, payloads: dict[str, Any]) -> None:
        """The private files of every container, made once: the baselines get them for nothing."""
        for payload, name in zip(payloads.values(), self.names, strict=True):
            for mount in payload["HostConfig"]["Mounts"]:
                source = Path(mount["Source"])
                if mount["Target"].endswith("key.txt"):
                    source.parent.mkdir(parents=True, exist_ok=True)
                    source.write_text(f"{KEY}\n")
                elif not source.exists():
                    source.mkdir(parents=True)
                    source.chmod(0o777)
                if mount["Target"].endswith("/active"):
                    copy = source / f"{name}.json"
                    shutil.copyfile(self.saved / copy.name, copy)
                    copy.chmod(0o666)
        (self.root / "auth_profiles" / "emergency").mkdir(exist_ok=True)
        (self.root / "auth_profiles" / "key.txt").touch()

    def compose_file(self, **more: str) -> Path:
        """The same containers as services of a Compose file, in the project's own network.

        That network is what Compose makes where a file says nothing; ``more`` is said of each.
        """
        payloads = json.loads(self.payloads().read_text())
        path = self.root / "docker-compose.json"
        services = {f"i{n}": _service(p, c) | more for n, (c, p) in enumerate(payloads.items())}
        path.write_text(json.dumps({"version": "2.4", "services": services}))
        return path

    def clear(self) -> None:
        """Remove every container, network and the state folder: the next launch is a first one."""
        listed = run(["docker", "ps", "-aq", "--filter", f"name=^{self.prefix}"], os.environ)
        names = listed.split()
        if names:
            run(["docker", "rm", "-fv", *names], os.environ)
        of_compose = ["docker", "network", "ls", "-q", "--filter", f"name=^{self.prefix}_"]
        for network in run(of_compose, os.environ).split():
            run(["docker", "network", "rm", network], os.environ)
        shutil.rmtree(self.root / ".multi-instance-runtime", ignore_errors=True)

    def running(self) -> int:
        """How many of its containers run."""
        words = ["docker", "ps", "-q", "--filter", f"name=^{self.prefix}"]
        return len(run(words, os.environ).split())


def _service(payload: dict[str, Any], name: str) -> dict[str, Any]:
    host = payload["HostConfig"]
    ports = [
        f"{binding['HostIp']}:{binding['HostPort']}:{inner.removesuffix('/tcp')}"
        for inner, (binding,) in host["PortBindings"].items()
    ]
    mounts = [
        {
            "type": "bind",
            "source": mount["Source"],
            "target": mount["Target"],
            "read_only": mount["ReadOnly"],
        }
        for mount in host["Mounts"]
    ]
    return {
        "image": payload["Image"],
        "container_name": name,
        "environment": payload["Env"],
        "ports": ports,
        "volumes": mounts,
        "restart": "unless-stopped",
        "logging": {"driver": host["LogConfig"]["Type"], "options": host["LogConfig"]["Config"]},
    }


def run(words: list[str], environment: Any, codes: tuple[int, ...] = (0,)) -> str:
    """Run a program to its end; gives what it wrote, or ends the benchmark where it fails."""
    done = subprocess.run(
        words,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in codes:
        raise SystemExit(f"bench: {words[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def scratch_pool(size: int) -> Iterator[Pool]:
    """A pool that is removed with all its containers, however the measurement ends."""
    with tempfile.TemporaryDirectory(prefix="multi-instance-bench-") as folder:
        Path(folder).chmod(0o755)
        pool = Pool(Path(folder) / "project", size)
        try:
            yield pool
        finally:
            pool.clear()
