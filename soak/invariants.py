"""What must hold after each `up` that ended well, looked at from outside."""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections import Counter
from pathlib import Path

import engine
from engine import Container
from scratch import Scratch, ask
from world import World


def problems(world: World) -> list[str]:
    """Everything that does not hold; ports are remembered for the next time."""
    return [
        *wrong_instances(world),
        *disturbed_bystanders(world),
        *leaked_containers(world),
        *leaked_files(world.pool),
        *held_lock(world.pool),
        *world.sessions.lost(),
        *unfinished_plan(world),
    ]


def fallen(world: World) -> list[str]:
    """What was well stays so, as long as nobody does anything."""
    running = {one.id for one in world.containers() if one.status == "running"}
    return [f"was well, then fell by itself: {one}" for one in world.well - running]


def wrong_instances(world: World) -> list[str]:
    """Every wanted instance runs on its own profile, at the ports that it had."""
    found = world.containers()
    count = Counter(one.profile for one in found)
    wanted = world.pool.profiles
    wrong = [f"{name}: has {count[name]} containers" for name in wanted if count[name] != 1]
    for one in found:
        if one.profile in wanted and count[one.profile] == 1:
            wrong += [f"{one.profile}: {problem}" for problem in _of_instance(world, one)]
            world.ports[one.profile] = one.api_port
    world.well = frozenset(one.id for one in found)
    return wrong


def _of_instance(world: World, one: Container) -> list[str]:
    if one.status != "running":
        return [f"container {one.name} is {one.status}"]
    image_id = engine.image_id(world.pool.settings.image)
    known_port = world.ports.get(one.profile, one.api_port)
    claims = {
        f"runs on image {one.image_id}, not {image_id}": one.image_id == image_id,
        f"moved from port {known_port} to {one.api_port}": one.api_port == known_port,
    }
    wrong = [problem for problem, holds in claims.items() if not holds]
    return [*wrong, *_own_session(world.pool, one), *_asks_for_key(one)]


def _own_session(pool: Scratch, one: Container) -> list[str]:
    """It resolved its own profile, sees no other, and holds the login of its owner."""
    file = f"{one.profile}.json"
    status, said = ask(one.api_port, "/whoami")
    if status != 200:
        return [f"/whoami answers {status}"]
    visible = {folder: list(said["visible"][folder]) for folder in ("active", "saved")}
    inside = engine.files_in(one.id, "/app/auth_profiles/active")
    digest = hashlib.sha256(inside.get(file, b"")).hexdigest()
    login = json.loads(pool.file_of(one.profile).read_bytes())["marker"]
    claims = {
        f"resolved {said['resolved_path']}": said["resolved_path"].endswith(f"/active/{file}"),
        f"sees {visible}": visible == {"active": [file], "saved": [file]},
        f"active/ holds {list(inside)}": list(inside) == [file],
        f"tells digest {said['sha256']}, not {digest}": said["sha256"] == digest,
        f"does not run on login {login}": _marker(inside.get(file, b"")) == login,
    }
    return [problem for problem, holds in claims.items() if not holds]


def _marker(content: bytes) -> str:
    try:
        return str(json.loads(content)["marker"])
    except (ValueError, KeyError):
        return ""


def _asks_for_key(one: Container) -> list[str]:
    status = ask(one.api_port, "/v1/queue")[0]
    return [] if status == 401 else [f"/v1/queue without the key answers {status}"]


def disturbed_bystanders(world: World) -> list[str]:
    """Nobody touched a container of others."""
    now = {one.id: one for one in engine.containers(world.pool.prefix)}
    return [
        f"foreign container {one.name} was touched: {one} → {now.get(one.id)}"
        for one in world.bystanders
        if now.get(one.id) != one
    ]


def leaked_containers(world: World) -> list[str]:
    """No container but those of wanted profiles and of others, and no network or volume."""
    kept = {one.id for one in world.bystanders}
    wanted = set(world.pool.profiles)
    found = [one for one in engine.containers(world.pool.prefix) if one.id not in kept]
    leaked = [
        f"leaked container {one.name} ({one.status})"
        for one in found
        if one.profile not in wanted or one.name.endswith(".previous")
    ]
    return [*leaked, *(f"leaked {name}" for name in engine.networks_of(world.pool.prefix))]


def leaked_files(pool: Scratch) -> list[str]:
    """Nothing is put aside, half-written, or kept as a runtime copy of nobody."""
    profiles = set(pool.profiles)
    half_written = [
        path
        for folder in (pool.state, pool.saved)
        for path in folder.rglob(".*")
        if path.name != ".gitignore"
    ]
    aside = list(pool.state.glob("aside/*"))
    copies = [path for path in pool.state.glob("active/*/*") if path.stem not in profiles]
    holders = list(pool.state.glob("locks/*.holder"))
    leaked: list[Path] = [*half_written, *aside, *copies, *holders]
    return [f"leaked file {path.relative_to(pool.root)}" for path in leaked]


def held_lock(pool: Scratch) -> list[str]:
    """Nobody holds the lock any more."""
    path = pool.state / "locks" / f"{pool.prefix}.lock"
    if not path.exists():
        return []
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return ["the lock is held"]
    return []


def unfinished_plan(world: World) -> list[str]:
    """A second plan is empty."""
    plan = world.pool.run("plan")
    world.log.append(plan.text)
    return [] if plan.code == 0 else [f"plan after up: exit code {plan.code}\n{plan.text}"]
