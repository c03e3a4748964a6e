"""What to do about each verdict on a running instance. Pure."""

from __future__ import annotations

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.vitals.resting import LOGS, MORE_MEMORY, RESTART
from multi_instance_manager.vitals.rule_finding import Diagnosis, Evidence

LOG_IN_AGAIN = "log in again, save the login over its profile, then `multi-instance up`"
END_THE_LOOP = "`multi-instance stop PROFILE` ends the loop"
ADVICE = {
    Verdict.SIGNED_OUT: (LOG_IN_AGAIN,),
    Verdict.CHALLENGED: (
        "open the site with this login in a browser, and answer what it asks",
        "save the login over its profile, then `multi-instance up`",
    ),
    Verdict.QUOTA: (
        "wait until the account's quota begins anew, or use another profile",
        RESTART,
    ),
    Verdict.STALLED: (RESTART, LOGS),
    Verdict.BROWSER_GONE: (RESTART,),
    Verdict.OUT_OF_MEMORY: (MORE_MEMORY, RESTART),
    Verdict.CRASH_LOOP: (LOGS, END_THE_LOOP),
}


def advised(verdict: Verdict | None, *seen: Evidence) -> Diagnosis:
    """Add the advice to a verdict with its evidence."""
    if verdict is None:
        raise TypeError("an event of the log gives no verdict")
    return Diagnosis(verdict, seen, ADVICE[verdict])
