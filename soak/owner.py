"""What the owner of the pool does to it."""

from __future__ import annotations

import json

from operation import NotNow, expect
from world import World

MOST_PROFILES = 6
_ODD_NAMES = ("Ann Other", "user@example.org", "übung", "a;b")


def add(world: World) -> str:
    """The owner saves another login."""
    if len(world.pool.profiles) >= MOST_PROFILES:
        raise NotNow
    odd = [name for name in _ODD_NAMES if name not in world.pool.profiles]
    plain = f"p{world.pool.new_serial()}"
    name = world.chance.choice(odd) if odd and world.chance.random() < 0.2 else plain
    world.pool.log_in(name)
    return name


def remove(world: World) -> str:
    """The owner deletes a login."""
    if len(world.pool.profiles) < 2:  # an empty pool is refused
        raise NotNow
    name = world.any_profile()
    world.sessions.about_to_overwrite(world.pool.file_of(name))
    world.pool.file_of(name).unlink()
    world.ports.pop(name, None)
    return name


def rename(world: World) -> str:
    """The owner gives a login another name."""
    name, new = world.any_profile(), f"r{world.pool.new_serial()}"
    world.sessions.look()
    world.pool.file_of(name).rename(world.pool.file_of(new))
    world.ports.pop(name, None)
    return f"{name} → {new}"


def rewrite(world: World) -> str:
    """The owner logs in again."""
    name = world.any_profile()
    world.sessions.about_to_overwrite(world.pool.file_of(name))
    return world.pool.log_in(name)


def restore(world: World) -> str:
    """The owner goes back to an earlier version of a session."""
    name = world.any_profile()
    history = world.pool.run("profiles", "history", "--output", "json", name)
    versions = [one["number"] for one in json.loads(history.out or "{}").get("versions", ())]
    if not versions:
        raise NotNow
    version = str(world.chance.choice(versions))
    expect(world.pool.run("profiles", "restore", name, version), 0)
    return f"{name} to version {version}"


def change_image(world: World) -> str:
    """The owner chooses another image."""
    settings = world.pool.settings
    settings.image = next(image for image in world.images if image != settings.image)
    return settings.image


def change_setting(world: World) -> str:
    """The owner changes one setting."""
    settings, chance = world.pool.settings, world.chance
    what = chance.choice(["log_level", "key", "cpus"])
    new = {
        "log_level": "DEBUG" if settings.log_level == "INFO" else "INFO",
        "key": f"sk-of-the-soak-{world.pool.new_serial()}",
        "cpus": "" if settings.cpus else "0.5",
    }[what]
    setattr(settings, what, new)
    return f"{what} {new}"
