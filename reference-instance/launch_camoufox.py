"""The program's entry: named as the application's is, since that is how its processes are known."""

import gc
import os


def run() -> int:
    """Run one instance. Nothing is collected while modules are imported: a tenth of the start."""
    gc.disable()
    from reference_instance.__main__ import main

    gc.freeze()
    gc.enable()
    return main()


# Its threads serve until the last moment. To end them one by one asks for a library that a small
# image may lack, and would turn a clean end into a crash.
os._exit(run())
