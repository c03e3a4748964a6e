"""How an instance misbehaves: the ``REFERENCE_…`` variables, read. It does nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from reference_instance.output import StartError


def value_for(profile_name: str, setting: str) -> str:
    """Pick one profile's value out of ``2`` or ``user-b=5,*=0.2``; empty where none applies."""
    if "=" not in setting:
        return setting.strip()
    pairs = (pair.rpartition("=") for pair in setting.split(","))
    values = {name.strip(): value.strip() for name, _, value in pairs}
    return values.get(profile_name, values.get("*", ""))


@dataclass(frozen=True)
class BehaviourReader:
    """Reads the ``REFERENCE_…`` variables as they apply to one profile."""

    profile_name: str
    variables: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return the value that applies, or an empty string."""
        return value_for(self.profile_name, self.variables.get(name, ""))

    def flag(self, name: str) -> bool:
        """Return whether the variable is set to something other than a no."""
        return self.text(name).lower() not in {"", "0", "false", "no", "off"}

    def number(self, name: str, default: float = 0.0) -> float:
        """Return the variable's number, or the default where it is not set."""
        text = self.text(name)
        try:
            return float(text) if text else default
        except ValueError:
            raise StartError(f"{name}: not a number: {text!r}") from None


@dataclass(frozen=True)
class Behaviour:
    """How this instance misbehaves. Each field is the variable ``REFERENCE_<FIELD>``."""

    ready_after_s: float
    never_ready: bool
    crash_at_start: int
    """The exit code to leave with before anything is served; 0 to go on."""
    crash_after_s: float
    """Seconds after the start at which it dies, saving nothing; infinite for never."""
    ignore_sigterm: bool
    memory_mb: int
    busy_s: float
    """Seconds of one processor, burnt before it is ready."""
    save_every_s: float
    shutdown_s: float
    """Seconds between being told to stop and the save."""
    no_v1: bool
    open_v1: bool
    """Serves ``/v1`` without asking for the key: what a proof must catch."""

    @classmethod
    def read(cls, profile_name: str, variables: Mapping[str, str]) -> "Behaviour":
        """Read the variables as they apply to this profile."""
        reader = BehaviourReader(profile_name, variables)
        return cls(
            ready_after_s=reader.number("REFERENCE_READY_AFTER_S"),
            never_ready=reader.flag("REFERENCE_NEVER_READY"),
            crash_at_start=int(reader.number("REFERENCE_CRASH_AT_START")),
            crash_after_s=reader.number("REFERENCE_CRASH_AFTER_S", default=math.inf),
            ignore_sigterm=reader.flag("REFERENCE_IGNORE_SIGTERM"),
            memory_mb=int(reader.number("REFERENCE_MEMORY_MB")),
            busy_s=reader.number("REFERENCE_BUSY_S"),
            save_every_s=reader.number("REFERENCE_SAVE_EVERY_S", default=1800.0),
            shutdown_s=reader.number("REFERENCE_SHUTDOWN_S"),
            no_v1=reader.flag("REFERENCE_NO_V1"),
            open_v1=reader.flag("REFERENCE_OPEN_V1"),
        )
