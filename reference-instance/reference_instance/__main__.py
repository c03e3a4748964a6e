"""Run one instance from its start to its end: ``launch_camoufox.py`` calls this."""

import os
import signal
import sys
import time

from reference_instance.api import Api
from reference_instance.failures import Life, crash
from reference_instance.instance import Instance
from reference_instance.output import StartError, bare, log
from reference_instance.pauses import STOP_SIGNALS, Stopped
from reference_instance.programs import listen
from reference_instance.servers import Listener
from reference_instance.startup import StartFailed, Startup, port_of

OWN_GROUP = "--own-process-group"
SHORTEST_RUN_S = 1.2
_BEGAN_S = time.monotonic()


def main() -> int:
    """Run one instance and return its exit code."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    supervised = OWN_GROUP in sys.argv
    if supervised:
        os.setpgid(0, 0)
    try:
        return run(os.environ.get("REFERENCE_ROOT", "/app/auth_profiles"), supervised=supervised)
    except StartError as error:
        bare(f"cannot start: {error}")
        live_long_enough(supervised=supervised)
        return 1


def run(root: str, *, supervised: bool) -> int:
    """Start, serve until told to stop, then save."""
    startup = Startup(root)
    behaviour = startup.behaviour
    if behaviour.crash_at_once:
        crash(behaviour.crash_at_once)
    if behaviour.crash_at_start:
        live_long_enough(supervised=supervised)
        crash(behaviour.crash_at_start)
    try:
        instance = startup.instance()
        api = Listener(listen("0.0.0.0", port_of("REFERENCE_API_PORT", 2048)), Api(instance))
    except (StartFailed, Stopped):
        startup.undo()
        return 0
    except StartError:
        startup.undo()
        raise
    api.serve_in_background()
    log(f"API on port {api.port}")
    try:
        Life(instance).go_on(startup.pauses)
    except Stopped:
        stop(instance, api)
    return 0


def stop(instance: Instance, api: Listener) -> None:
    """End as the application does: the requests under way first, then the save."""
    log("Shutting down server...")
    api.close()
    instance.under_way.wait_for_none()
    time.sleep(instance.behaviour.shutdown_s)
    log("[STOP] Stopping Cookie Refresh Task...")
    instance.save()
    instance.programs.kill()
    log("Server shut down.")


def live_long_enough(*, supervised: bool) -> None:
    """Never end sooner than the application, whose imports alone take longer than a second.

    supervisord would give up a program that ends too quickly too often.
    """
    if supervised:
        time.sleep(max(0.0, _BEGAN_S + SHORTEST_RUN_S - time.monotonic()))


if __name__ == "__main__":
    os._exit(main())
