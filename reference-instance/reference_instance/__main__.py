"""Run one instance from its start to its end: ``python -m reference_instance``."""

import os
import signal
import sys
import threading
import time
from os.path import dirname, join, normpath

from reference_instance.behaviour import Behaviour
from reference_instance.instance import STOP_SIGNALS, Instance, crash, name_of
from reference_instance.output import StartError, log
from reference_instance.profile import Session, read_bytes, read_profile, resolve_profile
from reference_instance.servers import Api, Listener, answer_stream


def load_environment_file(path: str) -> None:
    """Take the ``NAME=VALUE`` lines of a file that can be read; what is set already stays."""
    try:
        lines = read_bytes(path).decode().splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("'\""))


def start(root: str) -> Instance:
    """Resolve and read the profile; nothing is served when that fails."""
    load_environment_file(join(dirname(normpath(root)), ".env"))
    path = resolve_profile(root)
    log(f"profile {path}")
    behaviour = Behaviour(name_of(path), os.environ)
    if behaviour.crash_at_start:
        crash(behaviour.crash_at_start)
    return Instance(root, Session(path, read_profile(path)), behaviour)


def serve(instance: Instance) -> None:
    """Answer on both ports until told to stop, then save."""
    api_port = int(os.environ.get("REFERENCE_API_PORT", "2048"))
    stream_port = int(os.environ.get("REFERENCE_STREAM_PORT", "3120"))
    api = Listener(api_port, Api(instance))
    stream = Listener(stream_port, answer_stream)
    api.serve_in_background()
    stream.serve_in_background()
    log(f"API on {api.port}, stream on {stream.port}")
    threading.Thread(target=instance.warm_up, daemon=True).start()
    instance.run_until_stopped()
    time.sleep(instance.behaviour.shutdown_s)
    instance.session.save("shutdown")


def main() -> int:
    """Run one instance and return its exit code."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        serve(start(os.environ.get("REFERENCE_ROOT", "/app/auth_profiles")))
    except StartError as error:
        print(f"cannot start: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    # Its threads serve until the last moment. To end them one by one asks for a library that a
    # small image may lack, and would turn a clean end into a crash.
    os._exit(main())
