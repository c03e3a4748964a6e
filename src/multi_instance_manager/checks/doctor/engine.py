"""Checks of the engine: that it answers, what it runs on, its clock and its image. Pure."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from multi_instance_manager.checks.doctor.check_result import (
    CheckOutcome,
    failed,
    ok,
    skipped,
    warned,
)
from multi_instance_manager.checks.preflight import check_place
from multi_instance_manager.findings import Severity
from multi_instance_manager.text.sentence import problem_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multi_instance_manager.application.definition import ContainerPorts
    from multi_instance_manager.checks.doctor.doctor_facts import EngineSeen, Facts, SeenImage
    from multi_instance_manager.engine.protocol.machine_facts import EngineMachine

OLDEST_API = (1, 41)
_SMALL_SKEW_S = 5.0
_LARGE_SKEW_S = 300.0
_HINTS = {
    "selinux": (
        "SELinux is on: instances may be kept from the folders that are mounted into them",
        "if they cannot read their profile, pass --docker-arg '--security-opt label=disable'",
    ),
    "userns": (
        "user namespaces are on: an instance's root is a plain user of the host",
        "let that user enter the project's folders (`chmod o+x`)",
    ),
    "rootless": (
        "the engine runs without root: limits of memory and CPU need cgroup v2 and delegation",
        "see that `docker info` warns of no missing limit before you count on one",
    ),
}
_OF_THE_MACHINE = ("engine-place", "clock", "security", "loopback")
_GUARDS_LOOPBACK = 28
_FIRST_OF_DOCKER = 17  # Docker counts by years since then; a Podman has lower numbers
_DROP = (
    "on a network that you do not trust, let the firewall drop it: "
    "`iptables -I DOCKER-USER -i INTERFACE -m conntrack --ctstate NEW -j DROP`, or upgrade"
)
NO_ENGINE = "not looked at: no engine answers"


def check_engine(facts: Facts) -> Iterator[CheckOutcome]:
    """All checks of the engine."""
    engine = facts.engine
    if engine is None:
        found = next((f for f in facts.findings if f.code == "engine"), None)
        seen = problem_text(found.subject, found.fact) if found else "does not answer"
        yield failed("engine", seen, found.next_step if found else "")
        for name in ("engine-api", "engine-machine", *_OF_THE_MACHINE):
            yield skipped(name, NO_ENGINE)
        return
    version = engine.machine.engine_version if engine.machine else "unknown"
    yield ok("engine", f"answers at {engine.endpoint}, version {version}")
    yield _check_api(engine)
    if engine.machine is None:
        for name in ("engine-machine", *_OF_THE_MACHINE):
            yield skipped(name, "not looked at: the engine does not tell of its machine")
        return
    yield _check_machine(engine.machine)
    yield _check_place(engine, engine.machine)
    yield _check_clock(engine, engine.machine)
    yield from _check_security(engine.machine)
    yield _check_loopback(facts, engine.machine)


def _check_api(engine: EngineSeen) -> CheckOutcome:
    spoken = tuple(int(part) for part in engine.api_version.split(".") if part.isdigit())
    oldest = ".".join(str(part) for part in OLDEST_API)
    if spoken < OLDEST_API:
        seen = f"speaks API {engine.api_version}; {oldest} is the oldest that will do"
        return failed("engine-api", seen, "install Docker 20.10 or newer")
    return ok("engine-api", f"speaks API {engine.api_version} ({oldest} or newer is needed)")


def _check_machine(machine: EngineMachine) -> CheckOutcome:
    if not machine.can_limit_memory:
        seen = f"{machine.sentence()}; its kernel cannot limit memory"
        step = "start the kernel with cgroup_enable=memory, or set no --memory-limit"
        return warned("engine-machine", seen, step)
    return ok("engine-machine", machine.sentence())


def _check_place(engine: EngineSeen, machine: EngineMachine) -> CheckOutcome:
    """Instances get folders of this machine: an engine elsewhere cannot see them.

    The verdict is the one by which `up` refuses: they never say two things.
    """
    for finding in check_place(engine.place, engine.endpoint):
        told = failed if finding.severity is Severity.ERROR else warned
        return told("engine-place", finding.fact, finding.next_step)
    where = "a virtual machine of this one" if engine.is_virtual else "this machine"
    return ok("engine-place", f"is on {where} ({machine.name})")


def _check_clock(engine: EngineSeen, machine: EngineMachine) -> CheckOutcome:
    if machine.system_time is None:
        return skipped("clock", "not looked at: the engine does not tell its time")
    skew = machine.system_time - engine.asked_at
    if abs(skew) < _SMALL_SKEW_S:
        return ok("clock", "the engine's clock agrees with this machine's")
    way = "ahead of" if skew > 0 else "behind"
    seen = f"the engine's clock is {abs(skew):.0f} s {way} this machine's"
    step = "set both by NTP (`timedatectl`): logins expire by the clock"
    grave = abs(skew) >= _LARGE_SKEW_S
    return failed("clock", seen, step) if grave else warned("clock", seen, step)


def _check_security(machine: EngineMachine) -> Iterator[CheckOutcome]:
    hints = [_HINTS[name] for name in machine.security if name in _HINTS]
    if not hints:
        yield ok("security", f"nothing in the way ({', '.join(machine.security) or 'no options'})")
    for seen, step in hints:
        yield warned("security", seen, step)


def _check_loopback(facts: Facts, machine: EngineMachine) -> CheckOutcome:
    """Whether other machines get past 127.0.0.1: older engines pass on what such a one sends."""
    if not ip_address(facts.settings.host_ip).is_loopback:
        seen = f"not looked at: the ports are published on {facts.settings.host_ip}, for others too"
        return skipped("loopback", seen)
    major, dot, _ = machine.engine_version.partition(".")
    if not (dot and major.isdecimal()) or int(major) < _FIRST_OF_DOCKER:
        return skipped("loopback", "not known of this engine: only Docker's was tried")
    if int(major) >= _GUARDS_LOOPBACK or _is_apart(facts, machine):
        return ok("loopback", "ports on 127.0.0.1 are reached from this machine only")
    seen = (
        f"an engine before version {_GUARDS_LOOPBACK} (this is {machine.engine_version}) passes on "
        "what a machine on the same network sends to 127.0.0.1 or to a container's own address"
    )
    return warned("loopback", seen, _DROP)


def _is_apart(facts: Facts, machine: EngineMachine) -> bool:
    """Whether the engine's networks are not in this machine's: nothing is routed to them."""
    is_virtual = facts.engine is not None and facts.engine.is_virtual
    return is_virtual or "rootless" in machine.security


def check_images(facts: Facts) -> Iterator[CheckOutcome]:
    """Whether the images are there, and the shared one looks like the application."""
    for found in facts.findings:
        if found.code == "image":
            yield failed("image", problem_text(found.subject, found.fact), found.next_step)
    if facts.engine is None:
        yield skipped("image", NO_ENGINE)
    else:
        inner = facts.settings.application.ports
        yield from (_check_make(image, inner) for image in facts.engine.images)


def _check_make(image: SeenImage, inner: ContainerPorts) -> CheckOutcome:
    seen = f"{image.name} is there ({image.image_id[:19]})"
    if image.make is None:
        return ok("image", seen)
    exposed = image.make.exposed_ports
    seen += f", exposes {', '.join(exposed) or 'no port'}"
    missing = [p for p in inner.each if f"{p}/tcp" not in exposed]
    if missing:
        ports = " and ".join(str(port) for port in missing)
        step = "see that it is the application's image, or name another with --image"
        return warned("image", f"{seen}; the application listens on {ports}, too", step)
    return ok("image", seen)
