"""When what happens to a running instance: saves and failures."""

import os
import time
from collections.abc import Callable

from reference_instance.instance import Instance
from reference_instance.output import ERROR, log
from reference_instance.pauses import Pauses
from reference_instance.programs import start_renderer

_MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_NO_LIMIT_BYTES = 1 << 60


class Life:
    """What is due when, while an instance runs."""

    def __init__(self, instance: Instance) -> None:
        """Begin to count from now."""
        self.instance = instance
        self._due: list[tuple[float, Callable[[], None]]] = []
        behaviour = instance.behaviour
        self._after(behaviour.save_every_s, self._save)
        self._after(behaviour.signed_out_after_s, self._sign_out)
        self._after(behaviour.quota_after_s, self._use_up_quota)
        self._after(behaviour.stalled_after_s, instance.stall)
        self._after(behaviour.browser_gone_after_s, instance.programs.browser.process.kill)
        self._after(behaviour.driver_gone_after_s, instance.programs.driver.kill)
        self._after(behaviour.stream_gone_after_s, instance.programs.stream.kill)
        self._after(behaviour.renderer_killed_after_s, self._start_renderer)
        self._after(behaviour.crash_after_s, self._crash)

    def go_on(self, pauses: Pauses) -> None:
        """Do what is due until a signal says stop: raises `Stopped`."""
        while True:
            pauses.until(min((at_s for at_s, _ in self._due), default=float("inf")))
            self._do_what_is_due()

    def _after(self, seconds: float, do: Callable[[], None]) -> None:
        if seconds != float("inf"):
            self._due.append((time.monotonic() + seconds, do))

    def _do_what_is_due(self) -> None:
        now_s = time.monotonic()
        due = [one for one in self._due if one[0] <= now_s]
        self._due = [one for one in self._due if one[0] > now_s]
        for _, do in due:
            do()

    def _save(self) -> None:
        self.instance.save()
        self._after(self.instance.behaviour.save_every_s, self._save)

    def _sign_out(self) -> None:
        self.instance.signed_out = True
        self.instance.session.sign_out()

    def _use_up_quota(self) -> None:
        self.instance.quota_used_up = True

    def _start_renderer(self) -> None:
        """Have a page take memory until the kernel kills it; without a limit, nothing would."""
        if memory_limit_bytes() is None:
            log("no memory limit is set: no renderer is killed for memory", ERROR)
            return
        self.instance.page_crashed = True
        start_renderer()

    def _crash(self) -> None:
        crash(self.instance.behaviour.exit_code, self.instance)


def memory_limit_bytes() -> int | None:
    """Return the container's memory limit; None where it has none."""
    for path in _MEMORY_LIMITS:
        try:
            with open(path, encoding="ascii") as file:
                text = file.read().strip()
        except OSError:
            continue
        return int(text) if text.isdigit() and int(text) < _NO_LIMIT_BYTES else None
    return None


def crash(exit_code: int, instance: Instance | None = None) -> None:
    """Die at once, saving nothing; what it started goes with it."""
    log(f"crashing with exit code {exit_code}", ERROR)
    if instance is not None:
        instance.programs.kill()
    os._exit(exit_code)
