"""An ssh server of the test's own on a port of loopback, and an ``ssh`` that knows only it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType

import psutil

from e2e.obligations import eventually

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin") or "/usr/sbin/sshd"

# What runs for each login, in place of the command that was asked for.
_SESSION = """#!/bin/sh
env >>'{folder}/environment'
case $(cat '{folder}/behaviour') in
  chatty) echo 'Welcome to this machine!' ;;
  silent) exec sleep 60 ;;
  bare) PATH=/nowhere ;;
  useless) echo 'the disk of this machine is full' >&2; exit 3 ;;
esac
eval "$SSH_ORIGINAL_COMMAND"
"""


class Sshd:
    """Lets in whoever has the key. ``behave`` sets what a login meets; the usual is ``well``."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o700)
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"ssh://127.0.0.1:{self.port}"

    @property
    def path(self) -> str:
        """A PATH whose ``ssh`` is the system's, with the test's own configuration."""
        return f"{self.folder / 'bin'}:{os.environ['PATH']}"

    def __enter__(self) -> Sshd:
        self._make_keys()
        self._configure_server()
        self.configure_client()
        self.behave("well")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._daemon is not None
        logins = psutil.Process(self._daemon.pid).children(recursive=True)
        self._daemon.terminate()
        self._daemon.wait(timeout=10)
        for login in logins:
            if login.is_running():
                login.kill()

    def behave(self, how: str) -> None:
        (self.folder / "behaviour").write_text(how)
        (self.folder / "environment").write_text("")

    def logins_are_over(self) -> bool:
        """Whether nobody is logged in, and no client of this server is left."""
        assert self._daemon is not None
        clients = [
            process
            for process in psutil.process_iter(["cmdline"])
            if str(self.port) in (process.info["cmdline"] or ()) and process.status() != "zombie"
        ]
        return not clients and not psutil.Process(self._daemon.pid).children()

    def environment_over_there(self) -> str:
        """What every login so far found in its environment."""
        return (self.folder / "environment").read_text()

    def configure_client(self, *more: str, key: str = "key") -> None:
        """Write what ``ssh`` is told to do, and a wrapper that makes it read that alone."""
        folder = self.folder
        known = (folder / "host.pub").read_text()
        (folder / "known").write_text(f"[127.0.0.1]:{self.port} {known}")
        lines = [f"IdentityFile {folder / key}", "IdentitiesOnly yes", "SendEnv *",
                 f"UserKnownHostsFile {folder / 'known'}", "GlobalKnownHostsFile none"]  # fmt: skip
        (folder / "client").write_text("\n".join([*more, *lines, ""]))
        program = folder / "bin" / "ssh"
        program.parent.mkdir(exist_ok=True)
        real = shutil.which("ssh", path="/usr/bin:/usr/local/bin:/bin")
        program.write_text(f'#!/bin/sh\nexec {real} -F {folder / "client"} "$@"\n')
        program.chmod(0o755)

    def _make_keys(self) -> None:
        for name, passphrase in (("host", ""), ("key", ""), ("closed", "secret"), ("other", "")):
            file = self.folder / name
            words: list[str | Path] = [
                "ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                passphrase,
                "-f",
                file,
            ]
            subprocess.run(words, check=True)
        keys = [(self.folder / f"{name}.pub").read_text() for name in ("key", "closed")]
        (self.folder / "authorized").write_text("".join(keys))

    def _configure_server(self) -> None:
        session = self.folder / "session"
        session.write_text(_SESSION.format(folder=self.folder))
        session.chmod(0o755)
        (self.folder / "server").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder / 'host'}\n"
            f"AuthorizedKeysFile {self.folder / 'authorized'}\nPidFile none\nUsePAM no\n"
            f"StrictModes no\nPasswordAuthentication no\nAcceptEnv *\nForceCommand {session}\n"
            f"AllowUsers {pwd.getpwuid(os.geteuid()).pw_name}\n"
        )

    def _start(self) -> None:
        words: list[str | Path] = [
            SSHD,
            "-D",
            "-f",
            self.folder / "server",
            "-E",
            self.folder / "log",
        ]
        self._daemon = subprocess.Popen(words, stdin=subprocess.DEVNULL)
        eventually(self._listens)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
