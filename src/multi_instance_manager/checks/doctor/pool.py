"""Checks of the project and its pool, out of the findings that a launch would make. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.checks.doctor.check_result import (
    CheckOutcome,
    CheckVerdict,
    failed,
    ok,
    skipped,
    some,
    warned,
)
from multi_instance_manager.checks.doctor.engine import NO_ENGINE
from multi_instance_manager.findings import Severity
from multi_instance_manager.text.plurals import counted
from multi_instance_manager.text.sentence import problem_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.checks.doctor.doctor_facts import Facts
    from multi_instance_manager.findings import Finding

_PROJECT = (
    "project-root",
    "tree",
    "tree-link",
    "tree-closed",
    "docker-env",
    "docker-env-overridden",
)
_STATE = ("state-folder", "disk-full", "record")
_PROFILES = (
    *("profile-dir", "no-profiles", "profile", "pool-read-only"),
    *("expired", "no-login", "same-login"),
)
_PORTS = ("port", "range", "port-ring", "host-address")
# Told by checks of their own, with what was seen besides.
_TOLD = {"engine", "image", "memory", "memory-short", "engine-elsewhere", "engine-in-vm"}
_ELSEWHERE = "name a folder on another file system with --state-dir"
_NONE_YET = {"no-profiles"}


def check_pool(facts: Facts) -> Iterator[CheckOutcome]:
    """All checks of project, pool, ports, and whatever else would stop or trouble a launch."""
    settings, findings = facts.settings, facts.findings
    known = counted(facts.profiles, "profile")
    yield from _group(facts, "project", _PROJECT, f"{settings.project_root} has all it needs")
    yield from _check_state_folder(facts)
    yield from _check_profiles(facts, f"{settings.profile_dir}: {known} can be launched")
    yield from _check_all_expired(facts)
    yield from _check_stubs(facts)
    yield from _check_ports(facts)
    told = {*_PROJECT, *_STATE, *_PROFILES, *_PORTS, *_TOLD}
    yield from (_check_of("launch", f, facts) for f in findings if f.code not in told)


def _check_state_folder(facts: Facts) -> Iterator[CheckOutcome]:
    """Whether it can be written is tried, and not asked: file systems differ."""
    where, trial = facts.settings.state_dir, facts.here.state_trial
    told = any(finding.code in _STATE for finding in facts.findings)
    if trial is None or told or (trial.fault is None and trial.keeps_modes):
        yield from _group(facts, "state-folder", _STATE, f"{where} can be written")
    elif trial.fault is not None:
        yield failed("state-folder", f"{where} cannot be written ({trial.fault})", _ELSEWHERE)
    else:
        seen = f"{where}: its file system keeps no modes, so every user here can read what it holds"
        yield warned("state-folder", seen, _ELSEWHERE)


def _check_profiles(facts: Facts, well: str) -> Iterator[CheckOutcome]:
    if not facts.profiles and not any(f.code in _PROFILES for f in facts.findings):
        yield skipped("profiles", "not looked at: there is no project")
        return
    yield from _group(facts, "profiles", _PROFILES, well)
    trial = facts.here.pool_trial
    if facts.profiles and (not facts.here.pool_is_writable or (trial and trial.fault)):
        seen = f"{facts.settings.profile_dir} cannot be written: refreshed logins get lost"
        yield warned("profiles", seen, "give this user the right to write there")


def _check_ports(facts: Facts) -> Iterator[CheckOutcome]:
    if not facts.ports:
        yield skipped("ports", "not looked at: no profile needs one")
        return
    busy = any(f.code in _PORTS for f in facts.findings)
    if facts.engine is None and not busy:
        yield skipped("ports", f"no foreign process holds one of {_ranges(facts)}; {NO_ENGINE}")
        return
    yield from _group(facts, "ports", _PORTS, f"{_ranges(facts)}: free, or held by the pool")


def _ranges(facts: Facts) -> str:
    """The ports in few words: runs of neighbours as ``2048-2050``."""
    runs: list[list[int]] = []
    for port in sorted(set(facts.ports)):
        if runs and port == runs[-1][1] + 1:
            runs[-1][1] = port
        else:
            runs.append([port, port])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def _check_all_expired(facts: Facts) -> Iterator[CheckOutcome]:
    """Where every login looks expired, the clock is as likely a reason."""
    expired = sum(1 for finding in facts.findings if finding.code == "expired")
    if facts.profiles > 1 and expired == facts.profiles:
        seen = f"all {expired} logins look expired by this machine's clock"
        yield warned("clock-here", seen, "see that `date` is right before you log in again")


def _check_stubs(facts: Facts) -> Iterator[CheckOutcome]:
    """What the earlier script has left in the shared tree: no instance sees it."""
    if facts.here.stubs:
        files = counted(len(facts.here.stubs), "empty file")
        seen = f"{files} of the earlier script's ({some(facts.here.stubs)}): harmless"
        yield ok("leftovers", f"{seen}; remove them once no container of that script runs")


def _group(facts: Facts, name: str, codes: tuple[str, ...], well: str) -> Iterator[CheckOutcome]:
    """One check for each finding of these codes, or one that says that there is none."""
    found = [finding for finding in facts.findings if finding.code in codes]
    if not found:
        yield ok(name, well)
    yield from (_check_of(name, finding, facts) for finding in found)


def _check_of(name: str, finding: Finding, facts: Facts) -> CheckOutcome:
    grave = finding.severity is Severity.ERROR and not _comes_later(finding, facts)
    verdict = CheckVerdict.ERROR if grave else CheckVerdict.WARNING
    return CheckOutcome(
        name, verdict, problem_text(finding.subject, finding.fact), finding.next_step
    )


def _comes_later(finding: Finding, facts: Facts) -> bool:
    """What stops a launch, and is no fault of a machine that is only being prepared."""
    if finding.code in _NONE_YET:
        return True
    unnamed = not facts.settings.root_was_named
    nothing_here = any(f.code == "project-root" for f in facts.findings)
    return unnamed and nothing_here and finding.code in {"project-root", "profile-dir"}
