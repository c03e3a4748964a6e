"""The start of an instance, to the moment it serves, and the ways in which it fails."""

import os
import time
from os.path import dirname, join, normpath

from reference_instance.behaviour import Behaviour
from reference_instance.instance import Instance, Programs
from reference_instance.output import CRITICAL, ERROR, StartError, log
from reference_instance.pauses import Pauses
from reference_instance.profile import name_of, read_bytes, read_profile, resolve_profile
from reference_instance.programs import Browser, Driver, listen, start_stream
from reference_instance.servers import serve_stream
from reference_instance.session import Session

SIGNED_OUT_CYCLE_S, CHALLENGED_CYCLE_S = 12.5, 48.0
_OF_A_CYCLE = 0.75
NO_LOGIN = (
    "Detected redirect to login page in headless mode: the login has expired, or is gone",
    "login required",
)
OTHER_PAGE = (
    "Unexpected page URL after initial navigation: https://www.google.com/sorry/index",
    "Unexpected page after initial navigation",
)
NO_INPUT = (
    "Page initialization failed: core input area did not become visible within expected time",
    "no input area",
)


class StartFailed(Exception):
    """The page is not the application's; it ends, orderly, and with exit status 0."""


class Startup:
    """What is made on the way to an instance, so that it can be taken down where that fails."""

    def __init__(self, root: str) -> None:
        """Read the variables and the profile's place; raises `StartError`."""
        self.root = root
        load_environment_file(join(dirname(normpath(root)), ".env"))
        self.path = resolve_profile(root)
        self.behaviour = Behaviour(name_of(self.path), os.environ)
        self.pauses = Pauses(ignore_stops=self.behaviour.ignore_sigterm)
        self.browser: Browser | None = None
        self.programs: Programs | None = None

    def instance(self) -> Instance:
        """Start what it needs and wait as long as a browser's start would take.

        Raises `StartError`, `StartFailed` and `Stopped`.
        """
        began_s = time.monotonic()
        programs = self._start_programs()
        session = Session(self.path, read_profile(self.path), self.behaviour)
        log(f"[Browser] Context created (Auth: {name_of(self.path)}.json)")
        self._open_page()
        instance = Instance(self.root, session, self.behaviour, programs)
        self._warm_up(instance, began_s)
        return instance

    def undo(self) -> None:
        """End what was started."""
        if self.programs:
            self.programs.kill()
        elif self.browser:
            self.browser.kill()

    def _start_programs(self) -> Programs:
        """Start the browser, the stream process and the driver, in the application's order."""
        self.browser = Browser(port_of("REFERENCE_DEBUG_PORT", 9222))
        log("Starting AI Studio Proxy Server...")
        host = "0.0.0.0" if self.behaviour.stream_open else "127.0.0.1"
        listening = listen(host, port_of("REFERENCE_STREAM_PORT", 3120))
        log(f"Starting STREAM proxy on port {listening.getsockname()[1]}")
        stream = start_stream(listening, serve_stream)
        self.programs = Programs(self.browser, stream, Driver())
        return self.programs

    def _open_page(self) -> None:
        behaviour = self.behaviour
        if behaviour.signed_out:
            self._fail(SIGNED_OUT_CYCLE_S, *NO_LOGIN)
        if behaviour.challenged == "url":
            self._fail(SIGNED_OUT_CYCLE_S, *OTHER_PAGE)
        if behaviour.challenged:
            self._fail(CHALLENGED_CYCLE_S, *NO_INPUT)

    def _fail(self, usual_cycle_s: float, line: str, reason: str) -> None:
        """Say the telling line, and end a little later."""
        cycle_s = self.behaviour.cycle_s or usual_cycle_s
        self.pauses.for_(cycle_s * _OF_A_CYCLE)
        log(line, ERROR)
        log(f"Application startup failed: {reason}", CRITICAL)
        self.pauses.for_(cycle_s * (1 - _OF_A_CYCLE))
        raise StartFailed

    def _warm_up(self, instance: Instance, began_s: float) -> None:
        """Do what a browser's start would do."""
        behaviour = self.behaviour
        # Multiplying writes every page; a zeroed buffer would take no memory at all.
        instance.ballast = b"\x01" * (behaviour.memory_mb << 20)
        busy_until_s = time.monotonic() + behaviour.busy_s
        while time.monotonic() < busy_until_s:
            pass
        self.pauses.until(began_s + behaviour.ready_after_s)
        if behaviour.never_ready:
            self.pauses.until(float("inf"))
        log(f"Server startup complete. (Took: {time.monotonic() - began_s:.2f}s)")


def port_of(variable: str, usual: int) -> int:
    """Return the port that a variable names; 0 for any that is free."""
    return int(os.environ.get(variable, "") or usual)


def load_environment_file(path: str) -> None:
    """Take the ``NAME=VALUE`` lines of a file; what is set already stays."""
    try:
        lines = read_bytes(path).decode().splitlines()
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError):
        raise StartError(f"{path}: cannot be read") from None
    for line in lines:
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("'\""))
