"""`init` writes what differs from the defaults, asks three questions, and replaces nothing."""

from __future__ import annotations

import json
import socket
import stat
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.cli.group import group
from multi_instance_manager.settings.reading import GivenOptions
from multi_instance_manager.settings.resolve import resolve_settings
from multi_instance_manager.settings.sample import sample_text
from multi_instance_manager.settings.starter_file import StarterSetting, starter_text
from unit.builders import CONNECT
from unit.memory_engine import MemoryEngine
from unit.world import free_range

COMPOSE = "docker-ai-studio-proxy:latest"
FIRST_LINE = "# multi-instance.toml: the settings of this project that differ from the defaults."


class Project:
    """A project without a configuration file, and an engine with the image of Compose."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "multi-instance.toml"
        saved = folder / "auth_profiles" / "saved"
        saved.mkdir(parents=True)
        (saved / "user-a.json").write_text("{}")

    def init(self, *words: str, answers: str | None = None) -> Result:
        return CliRunner().invoke(group, ["init", *words], input=answers)

    @property
    def written(self) -> dict[str, object]:
        return tomllib.loads(self.file.read_text())


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> MemoryEngine:
    made = MemoryEngine()
    made.images.clear()
    monkeypatch.setattr(CONNECT, lambda _, **__: made)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    return made


@pytest.fixture
def project(tmp_path: Path, engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path)
    engine.images[COMPOSE] = "sha256:1"
    monkeypatch.chdir(tmp_path)
    first = free_range(8)  # the defaults may be in use on this machine
    monkeypatch.setenv("BASE_API_PORT", str(first))
    monkeypatch.setenv("BASE_STREAM_PORT", str(first + 4))
    return made


def test_what_differs_is_proposed_and_written_with_a_comment(project: Project) -> None:
    result = project.init("--yes")

    assert result.exit_code == 0, result.output
    assert project.written == {"generate-api-key": True, "image": COMPOSE, "docker-env": False}
    text = project.file.read_text()
    assert text.startswith(FIRST_LINE)
    assert "# Generate a random API key once" in text
    assert f"wrote {project.file}" in result.output
    assert result.output.splitlines()[-1] == "next: multi-instance plan, then multi-instance up"


def test_the_file_means_what_was_answered(project: Project) -> None:
    result = project.init(answers="n\nown:1\n")

    assert result.exit_code == 0, result.output
    assert project.written == {"generate-api-key": False, "image": "own:1", "docker-env": False}
    settings = resolve_settings(GivenOptions({}, {}, project.folder))
    assert settings.image.name == "own:1"
    assert not settings.api_key_asked_for


def test_three_questions_are_asked_where_nothing_is_given(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BASE_API_PORT")
    monkeypatch.delenv("BASE_STREAM_PORT")

    result = project.init(answers="\n\n23456\n")

    asked = ("Generate a random API key", "Image of the instances", "First host port of the APIs")
    assert [words for words in asked if words not in result.output] == []
    assert (project.written["base-api-port"], project.written["base-stream-port"]) == (
        23456,
        23456 - 2048 + 3120,
    )


def test_ports_in_use_are_stepped_over(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BASE_STREAM_PORT")
    monkeypatch.delenv("BASE_API_PORT")
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind(("127.0.0.1", 2048))
        except OSError:
            pass  # another program holds it, which is as good
        else:
            holder.listen()
        project.init("--yes")

    first = project.written["base-api-port"]
    assert isinstance(first, int)
    assert first > 2048
    assert first % 1000 == 48
    assert project.written["base-stream-port"] == first + 1072


def test_a_flag_is_written_and_not_asked_about(project: Project) -> None:
    result = project.init(
        *("--image", "own:2", "--generate-api-key", "--memory-limit", "2g", "--no-wait"),
        *("--wait-timeout", "90", "--docker-arg", "--init", "--no-docker-env"),
        answers="",
    )

    assert result.exit_code == 0, result.output
    assert project.written == {
        "docker-env": False,
        "generate-api-key": True,
        "image": "own:2",
        "memory-limit": "2g",
        "wait": False,
        "wait-timeout": 90,
        "docker-args": ["--init"],
    }
    assert resolve_settings(GivenOptions({}, {}, project.folder)).timeouts.wait is False


def test_secrets_of_extra_arguments_are_in_the_file_only_which_is_closed_then(
    project: Project,
) -> None:
    result = project.init("--yes", "--docker-arg", "-e TOKEN=a-secret-value")

    assert "a-secret-value" not in result.output
    assert project.written["docker-args"] == ["-e TOKEN=a-secret-value"]
    assert stat.S_IMODE(project.file.stat().st_mode) == 0o600


def test_without_an_answer_nothing_is_written_and_the_option_is_named(project: Project) -> None:
    result = project.init(answers="")

    assert result.exit_code == 6
    assert "not confirmed; nothing was touched" in result.stderr
    assert "pass -y" in result.stderr
    assert not project.file.exists()


def test_a_file_is_never_replaced_unless_asked_and_then_kept(project: Project) -> None:
    project.file.write_text("log-level = 'DEBUG'\nnot toml at all")

    refused = project.init("--yes")
    assert refused.exit_code == 2
    assert "exists already; edit it, or replace it with --force" in refused.stderr
    assert "not toml" in project.file.read_text()

    assert project.init("--yes", "--force").exit_code == 0
    assert "log-level" not in project.written
    kept = project.folder / "multi-instance.toml.old"
    assert "not toml at all" in kept.read_text()


def test_a_link_to_a_file_elsewhere_is_not_written_through(project: Project) -> None:
    elsewhere = project.folder / "elsewhere.toml"
    elsewhere.write_text("# untouched")
    project.file.symlink_to(elsewhere)

    assert project.init("--yes", "--force").exit_code == 0
    assert elsewhere.read_text() == "# untouched"
    assert not project.file.is_symlink()


def test_outside_of_a_project_the_next_step_is_named(
    engine: MemoryEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del engine
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(group, ["init", "--yes"])

    assert result.exit_code == 3
    assert "name the application's repository with --project-root" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_keys_of_the_application_are_not_replaced_unasked(project: Project) -> None:
    (project.folder / "auth_profiles" / "key.txt").write_text("sk-of-the-owner\n")

    result = project.init("--yes")

    assert project.written["generate-api-key"] is False
    assert "sk-of-the-owner" not in project.file.read_text() + result.output


def test_without_an_engine_the_file_is_written_and_that_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")

    result = project.init("--yes", "--output", "json")

    document = json.loads(result.stdout)
    assert document["schema"] == "multi-instance/init/1"
    assert document["notes"][0].startswith("the image was not looked for: engine at tcp://127.0")
    assert {"key": "generate-api-key", "value": "true"} in document["settings"]


def test_another_file_can_be_written_by_its_name(project: Project) -> None:
    assert project.init("--yes", "--config", "team-a.toml").exit_code == 0

    assert not project.file.exists()
    assert (project.folder / "team-a.toml").read_text().startswith(FIRST_LINE)


def test_the_sample_comes_with_the_package_and_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(group, ["init", "--sample"])

    assert (result.exit_code, result.stdout) == (0, sample_text())
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_cannot_be_used_is_refused(project: Project) -> None:
    result = project.init(answers="y\nnot an image\n")

    assert result.exit_code == 2
    assert "image 'not an image': is not an image name" in result.stderr
    assert not project.file.exists()


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_text_is_the_same_once_it_was_written(text: str) -> None:
    written = starter_text(
        [StarterSetting("image", text, "A reason."), StarterSetting("cpus", 1.5, "")]
    )

    assert tomllib.loads(written) == {"image": text, "cpus": 1.5}
