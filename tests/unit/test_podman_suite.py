"""Which end-to-end tests `make test-podman` runs."""

from __future__ import annotations

import re

from unit.pages import REPOSITORY

# What came after the launch; docs/reference/podman.md tells what differs for it.
AFTER_THE_LAUNCH = {
    "vital_signs",
    *("a_hundred_follows", "config_file", "doctor", "events_and_stats", "every_command", "exec"),
    *("explain", "lifecycle", "logs", "profiles", "reverse_proxy", "status", "completion"),
    *("wrong_place", "colours", "another_program", "environment_of_instances", "vital_signs"),
}


def test_every_module_about_the_launch_runs_on_podman() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    (listed,) = re.findall(r"\.py,(bad_input_docker_args[^)]*)\)", makefile)
    paths = (REPOSITORY / "tests" / "e2e").glob("test_*.py")
    modules = {path.stem.removeprefix("test_") for path in paths}

    assert modules - AFTER_THE_LAUNCH == set(listed.replace("\\\n", " ").split())
    assert modules >= AFTER_THE_LAUNCH
