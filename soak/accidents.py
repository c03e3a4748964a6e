"""What befalls containers and records: by hand, by the application, by mischance."""

from __future__ import annotations

import engine
from operation import REFUSED, NotNow, Violation, bring_up, expect, one_of
from scratch import refresh
from world import World

_CALM = ("running",)


def refresh_session(world: World) -> str:
    """An instance refreshes its session."""
    one = one_of(world, *_CALM)
    world.sessions.about_to_overwrite(*world.pool.copies_of(one.profile))
    key = world.pool.settings.key
    return f"{one.profile}" if refresh(one.api_port, key) else f"{one.profile} (not answered)"


def kill_container(world: World) -> str:
    """Somebody kills a container."""
    return _to_container(world, "kill")


def stop_container(world: World) -> str:
    """Somebody stops a container; it saves its session."""
    one = one_of(world, *_CALM)
    world.sessions.about_to_overwrite(*world.pool.copies_of(one.profile))
    engine.try_docker("stop", "-t", "10", one.id)
    return one.name


def pause_container(world: World) -> str:
    """Somebody pauses a container."""
    return _to_container(world, "pause")


def remove_container(world: World) -> str:
    """Somebody removes a container."""
    return _to_container(world, "rm", "-f")


def rename_container(world: World) -> str:
    """Somebody gives a container another name: the launch is refused, and names the way back."""
    one = one_of(world, *_CALM)
    new = f"{world.pool.prefix}-by-hand-{world.pool.new_serial()}"
    engine.docker("rename", one.id, new)
    result = bring_up(world)
    expect(result, REFUSED)
    if f"docker rename {new} {one.name}" not in result.text:
        message = f"does not say how {new} gets its name back"
        raise Violation(f"{message}\n{result.text}")
    engine.docker("rename", new, one.name)
    return f"{one.name} → {new}: refused"


def forget_records(world: World) -> str:
    """A record of the state folder is lost or damaged."""
    kinds = ("ledger/*", "proofs/*", "custody/*", "quarantine/*", "journal/*")
    found = sorted(path for kind in kinds for path in world.pool.state.glob(kind))
    if not found:
        raise NotNow
    path = world.chance.choice(found)
    if path.parent.name == "ledger":
        # Without it the ports are known by the labels of containers alone.
        labelled = {one.profile for one in world.containers()}
        world.ports = {name: port for name, port in world.ports.items() if name in labelled}
    if world.chance.random() < 0.5:
        path.unlink()
        return f"{path.parent.name}/{path.name} deleted"
    path.write_bytes(b'{"torn')
    return f"{path.parent.name}/{path.name} damaged"


def _to_container(world: World, *words: str) -> str:
    one = one_of(world, *_CALM)
    engine.try_docker(*words, one.id)
    return one.name
