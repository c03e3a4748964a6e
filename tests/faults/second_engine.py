"""An engine of the test's own, beside the one that everybody uses: it may be stopped."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from e2e.obligations import eventually
from e2e.project import IMAGE

USABLE = os.geteuid() == 0 and bool(shutil.which("dockerd")) and bool(shutil.which("ip"))
# Several runs may be under way on one machine.
_BRIDGE = f"faults{os.getpid()}"
_ADDRESS = f"10.{200 + os.getpid() // 250 % 50}.{os.getpid() % 250}.1/24"


@dataclass
class SecondEngine:
    """A daemon with folders, a bridge and a socket of its own, which holds the reference image."""

    folder: Path
    within: tuple[str, ...] = ()
    """A command that starts the daemon in surroundings of its own."""
    _daemon: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "docker.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def __enter__(self) -> SecondEngine:
        subprocess.run(["ip", "link", "add", "name", _BRIDGE, "type", "bridge"], check=True)
        subprocess.run(["ip", "addr", "add", _ADDRESS, "dev", _BRIDGE], check=True)
        subprocess.run(["ip", "link", "set", _BRIDGE, "up"], check=True)
        self.start()
        image = subprocess.run(["docker", "save", IMAGE], capture_output=True, check=True).stdout
        self.docker("load", given=image)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(subprocess.CalledProcessError):
            self.docker("rm", "-fv", *self.docker("ps", "-aq").split())
        self.stop()
        for disk in self._mounted():
            _unmount(disk)
        subprocess.run(["ip", "link", "del", _BRIDGE], check=True)

    def start(self) -> None:
        """Start the daemon, and wait until it answers."""
        words: list[str | Path] = [
            *self.within,
            "dockerd",
            "-H",
            self.url,
            "--pidfile",
            self.folder / "pid",
        ]
        words += ["--data-root", self.folder / "data", "--exec-root", self.folder / "exec"]
        words += ["--bridge", _BRIDGE, "--iptables=false", "--ip-masq=false"]
        with (self.folder / "daemon.log").open("ab") as log:
            self._daemon = subprocess.Popen(words, stdout=log, stderr=log)
        eventually(self._answers)

    def stop(self) -> None:
        """End the daemon in good order, its instances with it."""
        assert self._daemon is not None
        self._daemon.terminate()
        self._daemon.wait(timeout=40)

    def _mounted(self) -> list[str]:
        """The disks of containers that are mounted."""
        disks = f"{self.folder}/data/overlay2/"
        places = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        return [place for place in places if place.startswith(disks)]

    def docker(self, *words: str, given: bytes | None = None) -> str:
        command = ["docker", "-H", self.url, *words]
        return subprocess.run(command, input=given, capture_output=True, check=True).stdout.decode()

    def _answers(self) -> bool:
        command = ["docker", "-H", self.url, "version"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _unmount(place: str) -> None:
    """The daemon may be about to do it, too."""
    subprocess.run(["umount", "-l", place], capture_output=True, check=False)
