"""How an instance misbehaves: the ``REFERENCE_…`` variables, read. It does nothing."""

from collections.abc import Mapping

from reference_instance.output import StartError

_NEVER = float("inf")


def value_for(profile_name: str, setting: str) -> str:
    """Pick one profile's value out of ``2`` or ``user-b=5,*=0.2``; empty where none applies."""
    if "=" not in setting:
        return setting.strip()
    pairs = (pair.rpartition("=") for pair in setting.split(","))
    values = {name.strip(): value.strip() for name, _, value in pairs}
    return values.get(profile_name, values.get("*", ""))


class BehaviourReader:
    """Reads the ``REFERENCE_…`` variables as they apply to one profile."""

    def __init__(self, profile_name: str, variables: Mapping[str, str]) -> None:
        """Read nothing yet."""
        self.profile_name = profile_name
        self.variables = variables

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


class Behaviour:
    """How this instance misbehaves. Each attribute is the variable ``REFERENCE_<ATTRIBUTE>``."""

    def __init__(self, profile_name: str, variables: Mapping[str, str]) -> None:
        """Read the variables as they apply to this profile."""
        reader = BehaviourReader(profile_name, variables)
        self.ready_after_s = reader.number("REFERENCE_READY_AFTER_S")
        self.never_ready = reader.flag("REFERENCE_NEVER_READY")
        self.crash_at_start = int(reader.number("REFERENCE_CRASH_AT_START"))
        """The exit code to leave with before anything is served; 0 to go on."""
        self.crash_after_s = reader.number("REFERENCE_CRASH_AFTER_S", default=_NEVER)
        """Seconds after the start at which it dies, saving nothing; infinite for never."""
        self.ignore_sigterm = reader.flag("REFERENCE_IGNORE_SIGTERM")
        self.memory_mb = int(reader.number("REFERENCE_MEMORY_MB"))
        self.busy_s = reader.number("REFERENCE_BUSY_S")
        """Seconds of one processor, burnt before it is ready."""
        self.save_every_s = reader.number("REFERENCE_SAVE_EVERY_S", default=1800.0)
        self.shutdown_s = reader.number("REFERENCE_SHUTDOWN_S")
        """Seconds between being told to stop and the save."""
        self.no_v1 = reader.flag("REFERENCE_NO_V1")
        self.open_v1 = reader.flag("REFERENCE_OPEN_V1")
        """Serves ``/v1`` without asking for the key: what a proof must catch."""
