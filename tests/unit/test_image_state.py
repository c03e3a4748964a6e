"""Private files of a pool in an image: found in its layers, and before they are baked in."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from multi_instance_manager.checks.preflight import check_image_state
from multi_instance_manager.engine.docker.answers import image_of
from multi_instance_manager.engine.protocol.engine import Image
from multi_instance_manager.probe.build_context import build_context
from multi_instance_manager.probe.build_exposure import BuildContext
from multi_instance_manager.probe.image_contents import baked_in, suspects
from multi_instance_manager.probe.image_layers import names_in_image
from multi_instance_manager.settings.model import Settings
from unit.builders import some_settings

STATE = ".multi-instance-runtime"


class Layers:
    """The folders of an image's layers, from the top down."""

    def __init__(self, folder: Path, number: int) -> None:
        self.paths = [folder / f"layer-{place}" for place in range(number)]
        for path in self.paths:
            path.mkdir()

    @property
    def given(self) -> tuple[str, ...]:
        return tuple(str(path) for path in self.paths)

    def put(self, layer: int, path: str) -> None:
        file = self.paths[layer] / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")

    def delete(self, layer: int, path: str) -> None:
        file = self.paths[layer] / path
        file.parent.mkdir(parents=True, exist_ok=True)
        os.mknod(file, stat.S_IFCHR | 0o600, os.makedev(0, 0))

    def image(self, working_dir: str = "/app") -> Image:
        return Image("app", "sha256:1", working_dir=working_dir, layers=self.given)


def names_of(layers: Layers, folder: str) -> set[str]:
    names = names_in_image(layers.given, folder)
    assert names is not None
    return set(names)


@pytest.fixture
def layers(tmp_path: Path) -> Layers:
    return Layers(tmp_path, 3)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    root = tmp_path / "project"
    root.mkdir()
    return some_settings(root)


def test_a_folder_has_what_all_layers_put_there(layers: Layers) -> None:
    layers.put(0, "app/folder/a")
    layers.put(2, "app/folder/b/c")

    assert names_of(layers, "/app/folder") == {"a", "b"}
    assert names_of(layers, "/app/other") == set()


def test_what_a_layer_deletes_is_not_there(layers: Layers) -> None:
    layers.put(2, "app/folder/a")
    layers.put(2, "app/folder/b")
    layers.delete(1, "app/folder/a")
    assert names_of(layers, "/app/folder") == {"b"}

    layers.delete(0, "app/folder")
    assert names_of(layers, "/app/folder") == set()


def test_a_link_on_the_way_is_not_followed(layers: Layers, tmp_path: Path) -> None:
    (tmp_path / "outside" / "active").mkdir(parents=True)
    (layers.paths[0] / "app").symlink_to(tmp_path / "outside")

    assert names_of(layers, "/app") == set()


def test_of_layers_that_cannot_be_seen_nothing_is_known(layers: Layers) -> None:
    assert names_in_image((), "/app") is None
    assert names_in_image((*layers.given, "/nowhere/diff"), "/app") is None


@pytest.mark.parametrize("name", ["active", "private", "history", "aside", "trash", "keys"])
@pytest.mark.parametrize("working_dir", ["/app", "/srv/elsewhere", ""])
def test_a_state_folder_in_an_image_is_found(
    settings: Settings, layers: Layers, name: str, working_dir: str
) -> None:
    layers.put(1, f"{working_dir or 'app'}/{STATE}/{name}/x".lstrip("/"))

    assert baked_in(settings, layers.image(working_dir)) == f"{working_dir or '/app'}/{STATE}"


def test_a_pool_that_no_mount_hides_is_found(layers: Layers, tmp_path: Path) -> None:
    settings = some_settings(tmp_path, profile_dir=tmp_path / "logins")
    layers.put(1, "app/logins/user-b.json")

    assert baked_in(settings, layers.image()) == "/app/logins"


def test_what_is_hidden_or_harmless_is_no_matter(settings: Settings, layers: Layers) -> None:
    layers.put(1, "app/auth_profiles/saved/user-b.json")
    layers.put(1, f"app/{STATE}/.gitignore")

    assert baked_in(settings, layers.image()) == ""


def test_of_an_image_that_cannot_be_seen_paths_are_asked_for(settings: Settings) -> None:
    image = Image("app", "sha256:1", working_dir="/app")

    assert baked_in(settings, image) is None
    assert (f"/app/{STATE}", f"/app/{STATE}/private") in suspects(settings, image, "user-a")


def test_the_layers_are_those_that_the_engine_tells() -> None:
    driver = {"Name": "overlay2", "Data": {"UpperDir": "/o/3/diff", "LowerDir": "/o/2/diff:/o/1"}}
    config = {"User": "appuser", "WorkingDir": "/app"}
    image = image_of("app", {"Id": "sha256:1", "GraphDriver": driver, "Config": config})

    assert image.layers == ("/o/3/diff", "/o/2/diff", "/o/1")
    assert (image.user, image.working_dir) == ("appuser", "/app")
    for other in ({}, {"GraphDriver": None}, {"GraphDriver": {"Name": "btrfs", "Data": None}}):
        assert image_of("app", {"Id": "sha256:1", **other}).layers == ()


def test_a_project_without_a_build_has_no_context(settings: Settings) -> None:
    assert build_context(settings) is None


@pytest.mark.parametrize("build_file", ["Dockerfile", "docker/Dockerfile", "Containerfile"])
def test_a_build_takes_in_what_nothing_keeps_out(settings: Settings, build_file: str) -> None:
    root = settings.project_root
    (root / build_file).parent.mkdir(exist_ok=True)
    (root / build_file).touch()
    ignore_file = root / ".dockerignore"

    found = build_context(settings)
    assert found == BuildContext(str(ignore_file), (STATE, "auth_profiles/saved"))

    ignore_file.write_text(f"{STATE}/\nauth_profiles/\n")
    assert build_context(settings) == BuildContext(str(ignore_file), ())

    own = (root / build_file).with_name(f"{Path(build_file).name}.dockerignore")
    own.write_text(f"{STATE}\n")
    assert build_context(settings) == BuildContext(str(own), ("auth_profiles/saved",))


def test_a_state_folder_elsewhere_is_not_taken_in(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "Dockerfile").touch()
    settings = some_settings(root, state_dir=tmp_path / "state", profile_dir=tmp_path / "pool")

    assert build_context(settings) == BuildContext(str(root / ".dockerignore"), ())


def test_what_a_build_would_take_in_is_told_with_the_lines_to_add() -> None:
    context = BuildContext("/srv/application/.dockerignore", (STATE, "auth_profiles/saved"))

    (found,) = check_image_state(context, {"app": ""})

    assert (found.severity, found.code) == ("warning", "build-context")
    assert found.next_step == f"add the lines `{STATE}/` and `auth_profiles/saved/`"


@pytest.mark.parametrize("baked", [{}, {"app": ""}, {"app": None}])
def test_a_build_that_takes_in_nothing_is_not_told(baked: dict[str, str | None]) -> None:
    assert check_image_state(None, baked) == []
    assert check_image_state(BuildContext("/srv/.dockerignore", ()), baked) == []


def test_an_image_with_private_files_is_refused_with_the_line_to_add() -> None:
    context = BuildContext("/srv/application/.dockerignore", (STATE,))

    (found,) = check_image_state(context, {"app": f"/app/{STATE}", "other": ""})

    assert (found.severity, found.code) == ("error", "image-holds-logins")
    assert found.next_step == (
        f"add the line `{STATE}/` to /srv/application/.dockerignore, and build it again"
    )
    (found,) = check_image_state(None, {"app": f"/app/{STATE}"})
    assert f"`{STATE}/`" in found.next_step
    (found,) = check_image_state(BuildContext("/x", ()), {"app": f"/app/{STATE}"})
    assert found.next_step == "build it again"
