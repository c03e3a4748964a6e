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
    """How this instance misbehaves. Each attribute is the variable ``REFERENCE_<ATTRIBUTE>``.

    The table in ``reference-instance/README.md`` says what each does.
    """

    def __init__(self, profile_name: str, variables: Mapping[str, str]) -> None:
        """Read the variables as they apply to this profile."""
        reader = BehaviourReader(profile_name, variables)
        self._read_start(reader)
        self._read_failures(reader)
        self._read_requests(reader)
        self._read_saves(reader)
        self._read_end(reader)

    def _read_start(self, reader: BehaviourReader) -> None:
        self.ready_after_s = reader.number("REFERENCE_READY_AFTER_S")
        self.never_ready = reader.flag("REFERENCE_NEVER_READY")
        self.memory_mb = int(reader.number("REFERENCE_MEMORY_MB"))
        self.busy_s = reader.number("REFERENCE_BUSY_S")
        self.crash_at_start = int(reader.number("REFERENCE_CRASH_AT_START"))
        self.crash_at_once = int(reader.number("REFERENCE_CRASH_AT_ONCE"))
        self.signed_out = reader.flag("REFERENCE_SIGNED_OUT")
        self.challenged = reader.text("REFERENCE_CHALLENGED")
        self.cycle_s = reader.number("REFERENCE_CYCLE_S")
        self.stream_open = reader.flag("REFERENCE_STREAM_OPEN")

    def _read_failures(self, reader: BehaviourReader) -> None:
        """Read when which failure comes, in seconds after it is ready; infinite for never."""
        self.signed_out_after_s = reader.number("REFERENCE_SIGNED_OUT_AFTER_S", _NEVER)
        self.quota_after_s = reader.number("REFERENCE_QUOTA_AFTER_S", _NEVER)
        self.stalled_after_s = reader.number("REFERENCE_STALLED_AFTER_S", _NEVER)
        self.browser_gone_after_s = reader.number("REFERENCE_BROWSER_GONE_AFTER_S", _NEVER)
        self.driver_gone_after_s = reader.number("REFERENCE_DRIVER_GONE_AFTER_S", _NEVER)
        self.stream_gone_after_s = reader.number("REFERENCE_STREAM_GONE_AFTER_S", _NEVER)
        self.renderer_killed_after_s = reader.number("REFERENCE_RENDERER_KILLED_AFTER_S", _NEVER)
        self.crash_after_s = reader.number("REFERENCE_CRASH_AFTER_S", _NEVER)
        self.exit_code = int(reader.number("REFERENCE_EXIT_CODE", default=1))

    def _read_requests(self, reader: BehaviourReader) -> None:
        self.no_v1 = reader.flag("REFERENCE_NO_V1")
        self.open_v1 = reader.flag("REFERENCE_OPEN_V1")
        self.no_models = reader.flag("REFERENCE_NO_MODELS")
        self.request_s = reader.number("REFERENCE_REQUEST_S")
        self.retry_s = reader.number("REFERENCE_RETRY_S", default=5.5)
        self.tokens = int(reader.number("REFERENCE_TOKENS", default=20))

    def _read_saves(self, reader: BehaviourReader) -> None:
        self.save_every_s = reader.number("REFERENCE_SAVE_EVERY_S", default=1800.0)
        self.slow_save_s = reader.number("REFERENCE_SLOW_SAVE_S")
        self.signed_out_saves = reader.text("REFERENCE_SIGNED_OUT_SAVES") or "login-less"
        self.saves_told = reader.flag("REFERENCE_SAVES_TOLD")

    def _read_end(self, reader: BehaviourReader) -> None:
        self.ignore_sigterm = reader.flag("REFERENCE_IGNORE_SIGTERM")
        self.shutdown_s = reader.number("REFERENCE_SHUTDOWN_S")
