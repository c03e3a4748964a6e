"""Run one instance from its start to its end: ``python -m reference_instance``."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from reference_instance.behaviour import Behaviour
from reference_instance.instance import STOP_SIGNALS, Instance, crash
from reference_instance.output import StartError, log
from reference_instance.profile import Session, read_profile, resolve_profile
from reference_instance.servers import ApiHandler, InstanceServer, StreamHandler


def load_environment_file(path: Path) -> None:
    """Take the ``NAME=VALUE`` lines of a file that can be read; what is set already stays."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("'\""))


def start(root: Path) -> Instance:
    """Resolve and read the profile; nothing is served when that fails."""
    load_environment_file(root.parent / ".env")
    path = resolve_profile(root)
    log(f"profile {path}")
    behaviour = Behaviour.read(path.stem, os.environ)
    if behaviour.crash_at_start:
        crash(behaviour.crash_at_start)
    return Instance(root, Session(path, read_profile(path)), behaviour)


def serve(instance: Instance) -> None:
    """Answer on both ports until told to stop, then save."""
    api_port = int(os.environ.get("REFERENCE_API_PORT", "2048"))
    stream_port = int(os.environ.get("REFERENCE_STREAM_PORT", "3120"))
    api = InstanceServer(api_port, ApiHandler, instance)
    stream = InstanceServer(stream_port, StreamHandler, instance)
    api.serve_in_background()
    stream.serve_in_background()
    log(f"API on {api.server_address[1]}, stream on {stream.server_address[1]}")
    threading.Thread(target=instance.warm_up, daemon=True).start()
    instance.run_until_stopped()
    time.sleep(instance.behaviour.shutdown_s)
    instance.session.save("shutdown")


def main() -> int:
    """Run one instance and return its exit code."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        serve(start(Path(os.environ.get("REFERENCE_ROOT", "/app/auth_profiles"))))
    except StartError as error:
        print(f"cannot start: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    # Its threads serve until the last moment. To end them one by one asks for a library that a
    # small image may lack, and would turn a clean end into a crash.
    os._exit(main())
