"""What containers of somebody else do: each is in the way for a while, and nobody touches it."""

from __future__ import annotations

import engine
from engine import Container
from operation import REFUSED, NotNow, Violation, bring_up, expect, one_of
from owner import MOST_PROFILES
from scratch import SPREAD
from world import World

_CALM = ("running",)


def take_name(world: World) -> str:
    """A container of somebody else has the name that a new profile's container would have."""
    if len(world.pool.profiles) >= MOST_PROFILES:
        raise NotNow
    profile = f"p{world.pool.new_serial()}"
    foreign = world.run_foreign(f"{world.pool.prefix}-{profile}")
    world.pool.log_in(profile)
    return f"{foreign.name}: {_refused_because_of(world, foreign)}"


def take_port(world: World) -> str:
    """A container of somebody else takes the port of an instance that was removed by hand."""
    one = one_of(world, *_CALM)
    engine.docker("rm", "-f", one.id)
    port = one.api_port + world.chance.choice((0, SPREAD))
    name = f"{world.pool.prefix}-foreign-{world.pool.new_serial()}"
    foreign = world.run_foreign(name, "-p", f"127.0.0.1:{port}:9")
    return f"{port} of {one.profile}: {_refused_because_of(world, foreign)}"


def _refused_because_of(world: World, foreign: Container) -> str:
    """The launch is refused, names the container in the way, and leaves it alone."""
    result = bring_up(world)
    expect(result, REFUSED)
    if foreign.name not in result.text:
        raise Violation(f"does not name {foreign.name}\n{result.text}")
    if foreign not in engine.containers(foreign.name):
        raise Violation(f"foreign container {foreign.name} was touched")
    engine.docker("rm", "-f", foreign.id)
    return "refused"
