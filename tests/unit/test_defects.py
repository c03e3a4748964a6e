"""Whatever goes wrong inside a command: one line, a document, and details that stay private."""

from __future__ import annotations

import json
import signal
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from multi_instance_manager.cli.defects import LOG_NAME, keep
from multi_instance_manager.cli.group import main
from reference_pages.manual import whole_manual

LEAVES = [" ".join(m.words[1:]) for m in whole_manual().all_below if not m.below]
WITHOUT_DOCUMENT = {"exec", "shell", "config schema", "completion"}
SECRET = "the-value-of-a-cookie"
DEFECTS = [RecursionError(SECRET), KeyError(SECRET), MemoryError(), OSError(SECRET), ValueError()]


@pytest.fixture(autouse=True)
def _hooks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The command changes the process that it ends; this one goes on."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def ended(words: list[str], monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(sys, "argv", ["multi-instance", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    return caught.value.code


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: type(defect).__name__)
@pytest.mark.parametrize("name", LEAVES)
def test_a_defect_of_any_command_is_one_line_and_its_details_are_private(
    name: str,
    defect: Exception,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    def fail(*_: object) -> None:
        raise defect

    monkeypatch.setattr(click.Command, "invoke", fail)
    has_document = name not in WITHOUT_DOCUMENT
    words = [*name.split(), *needed(name), *(["--output", "json"] if has_document else [])]

    assert ended(words, monkeypatch) == 1

    shown = capfd.readouterr()
    [kept] = tmp_path.glob(f"*{LOG_NAME}")
    assert shown.err.count("\n") == 1
    assert str(kept) in shown.err
    assert SECRET not in shown.err + shown.out
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "Traceback" in kept.read_text()
    if has_document:
        document = json.loads(shown.out)
        assert (document["exit_code"], document["result"]) == (1, "failed")


def needed(name: str) -> list[str]:
    """What a command cannot be parsed without."""
    return {
        "exec": ["p", "ls"],
        "shell": ["p"],
        "explain": ["p"],
        "completion": ["bash"],
        "profiles add": ["p", "f"],
        "profiles enable": ["p"],
        "profiles disable": ["p"],
        "profiles remove": ["p"],
        "profiles history": ["p"],
        "profiles restore": ["p", "1"],
    }.get(name, [])


def test_the_details_are_kept_in_the_state_folder_once_that_is_known(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    state_dir = tmp_path / "state"
    state_dir.mkdir()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("multi_instance_manager.commands.look.config.config_show", fail)
    words = ["config", "show", "--project-root", str(tmp_path), "--state-dir", str(state_dir)]

    assert ended(words, monkeypatch) == 1

    assert str(state_dir / LOG_NAME) in capfd.readouterr().err
    assert stat.S_IMODE((state_dir / LOG_NAME).stat().st_mode) == 0o600


def test_a_link_in_the_place_of_the_log_is_not_followed(tmp_path: Path) -> None:
    other, state_dir = tmp_path / "other", tmp_path / "state"
    other.write_text("of somebody else")
    state_dir.mkdir()
    (state_dir / LOG_NAME).symlink_to(other)

    kept = keep(ValueError(), state_dir)

    assert kept is not None
    assert kept.parent == tmp_path
    assert other.read_text() == "of somebody else"


def test_the_log_does_not_grow_for_ever(tmp_path: Path) -> None:
    (tmp_path / LOG_NAME).write_bytes(b"x" * (1024**2 + 1))

    kept = keep(ValueError(), tmp_path)

    assert kept == tmp_path / LOG_NAME
    assert kept.stat().st_size < 10_000


def test_a_thread_that_fails_prints_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ended(["completion", "bash"], monkeypatch)
    capfd.readouterr()
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()

    assert capfd.readouterr().err == ""
    assert list(tmp_path.glob(f"*{LOG_NAME}"))
