"""The session in use: what a browser would hold in memory, and how it is saved to its file."""

import os
import threading
import time

from reference_instance.behaviour import Behaviour
from reference_instance.output import bare
from reference_instance.profile import name_of
from reference_instance.programs import Driver

LOGIN_COOKIES = frozenset(
    {
        *("SID", "HSID", "SSID", "APISID", "SAPISID", "LSID", "session"),
        *("__Secure-1PSID", "__Secure-3PSID", "__Secure-1PAPISID", "__Secure-3PAPISID"),
    }
)


class Session:
    """The cookies and origins of a browser that was given a profile."""

    def __init__(self, path: str, content: dict[str, object], behaviour: Behaviour) -> None:
        """Nothing is saved yet."""
        self.path = path
        self.behaviour = behaviour
        self.saves = 0
        self._state = {name: content.get(name, []) for name in ("cookies", "origins")}
        self._lock = threading.Lock()

    def sign_out(self) -> None:
        """Lose the login, as the web site's sign-out does: all cookies, or only those of it."""
        cookies = self._state["cookies"]
        if self.behaviour.signed_out_saves == "empty" or not isinstance(cookies, list):
            self._state = {"cookies": [], "origins": []}
        else:
            left = [one for one in cookies if not _is_of_login(one)]
            self._state = {**self._state, "cookies": left}

    def save(self, driver: Driver) -> bool:
        """Write the session in place, truncate then write: a reader can meet it torn.

        Says nothing when it worked, as the application's own message never reaches its log.
        Nothing is written where the file is gone.
        """
        if not os.path.exists(self.path):
            return False
        with self._lock:
            try:
                driver.ask()
                self._write(self._read_members())
            except (OSError, ValueError) as error:
                bare(f"Failed to save cookies: {error}")
                return False
        if self.behaviour.saves_told:
            cookies = self._state["cookies"]
            count = len(cookies) if isinstance(cookies, list) else 0
            bare(f"🍪 Cookies saved to '{name_of(self.path)}.json' ({count} cookies)")
        return True

    def _read_members(self) -> dict[str, object]:
        """Return what the file holds beside cookies and origins; nothing where it is torn."""
        import json  # not before a save: it costs a sixth of a start

        try:
            with open(self.path, encoding="utf-8") as file:
                members = json.load(file)
        except (OSError, ValueError):
            return {}
        return members if isinstance(members, dict) else {}

    def _write(self, members: dict[str, object]) -> None:
        import json

        self.saves += 1
        marker = {"saves": self.saves, "saved_at": time.time()}
        members = {**members, **self._state, "reference_instance": marker}
        text = json.dumps(members, indent=2, ensure_ascii=False)
        with open(self.path, "w", encoding="utf-8") as file:
            if self.behaviour.slow_save_s:
                file.write(text[: len(text) // 2])
                file.flush()
                text = text[len(text) // 2 :]
                time.sleep(self.behaviour.slow_save_s)
            file.write(text)


def _is_of_login(cookie: object) -> bool:
    return isinstance(cookie, dict) and cookie.get("name") in LOGIN_COOKIES
