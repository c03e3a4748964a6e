"""Which end-to-end tests `make test-podman` runs."""

from __future__ import annotations

from unit.pages import REPOSITORY

# Whatever the engine, these come to the same: they end before it is asked, or read what it said.
ALIKE_ON_ANY_ENGINE = {
    *("bad_input_host", "bad_input_names", "bad_input_profiles", "bad_input_usage"),
    *("confirmation", "forked", "output", "plan"),
}
# What came after the launch; docs/reference/podman.md tells what differs for it.
AFTER_THE_LAUNCH = {
    *(
        "a_hundred_follows",
        "another_program",
        "changed_by_hand",
        "claims",
        "closed_folders",
        "colours",
        "completion",
        "config_file",
        "displacement",
        "doctor",
        "documented_lines",
        "environment_of_instances",
        "events_and_stats",
        "every_command",
        "exec",
        "explain",
        "export",
        "hostile_folders",
        "image_state",
        "lifecycle",
        "logs",
        "neighbours",
        "networks",
        "past_loopback",
        "profile_changes",
        "profiles",
        "reference_image",
        "replaced_under_it",
        "reverse_proxy",
        "same_login",
        "status",
        "stops_save",
        "vital_signs",
        "wrong_place",
    ),
}


def test_every_module_about_the_launch_has_tests_that_run_on_podman() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    paths = sorted((REPOSITORY / "tests" / "e2e").glob("test_*.py"))
    modules = {path.stem.removeprefix("test_") for path in paths}
    marked = {p.stem.removeprefix("test_") for p in paths if "pytest.mark.podman" in p.read_text()}

    elsewhere = AFTER_THE_LAUNCH | ALIKE_ON_ANY_ENGINE
    assert "-m podman tests/e2e\n" in makefile
    assert marked >= modules - elsewhere
    assert modules >= elsewhere
