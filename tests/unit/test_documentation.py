"""What the pages say is there: commands, options, keys, recipes, links, anchors, pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from multi_instance_manager.settings.options import OPTIONS
from multi_instance_manager.settings.reading import GivenOptions
from multi_instance_manager.settings.resolve import resolve_settings
from reference_pages.manual import Manual, whole_manual
from unit.pages import PAGES, REPOSITORY, Page, name_of

PROGRAM = whole_manual()
OF_OTHERS = {
    *("--filter", "--name", "--rm", "--dns", "--hostname"),  # docker run and docker ps
    *("--project-directory", "--now", "--restart", "--global"),
    "--stop",  # the scripts that start the engines of the tests
}
TOML = [
    pytest.param(page, block, id=f"{name_of(page)}-{number}")
    for page in PAGES
    for number, block in enumerate(page.blocks("toml"))
    if "[containers]" not in block  # Podman's own configuration
]


def is_definition(block: str) -> bool:
    """Whether it is a definition of an application, and not a configuration file."""
    return "\n[paths]\n" in block


EXAMPLES = [parameters for parameters in TOML if not is_definition(str(parameters.values[1]))]
DEFINITIONS = [block for page in PAGES for block in page.blocks("toml") if is_definition(block)]
UNIT = REPOSITORY / "docs" / "how-to" / "multi-instance.service"


def options_of(manual: Manual) -> set[str]:
    named = " ".join(option.flags for option in manual.options)
    return set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", named))


def called(words: list[str]) -> tuple[Manual, list[str]]:
    """The command that is called, and the words behind it."""
    manual = PROGRAM
    while words and manual.below and not words[0].startswith(("-", "[")):
        names = {m.words[-1]: m for m in manual.below} | {
            alias: m for m in manual.below for alias in m.aliases
        }
        assert words[0] in names, f"{manual.title} {words[0]}: is no command"
        manual, words = names[words[0]], words[1:]
    return manual, words


def must_be_a_command_line(words: list[str]) -> None:
    manual, rest = called(words)
    known = options_of(manual)
    for number, word in enumerate(rest):
        if manual.words[-1] == "exec" and number and not rest[number - 1].startswith("-"):
            break  # what comes behind the profile belongs to the command inside
        if word.startswith("-") and word not in {"-", "--"}:
            assert word.split("=")[0] in known, f"{manual.title}: has no {word}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_line_can_be_typed(page: Page) -> None:
    for words in page.calls:
        must_be_a_command_line(words)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_option_that_is_mentioned_exists(page: Page) -> None:
    known = {flag for manual in (PROGRAM, *PROGRAM.all_below) for flag in options_of(manual)}
    mentioned = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.prose))
    assert mentioned - known - OF_OTHERS == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_variable_that_is_mentioned_exists(page: Page) -> None:
    known = {option.variable for option in OPTIONS}
    mentioned = set(re.findall(r"\bMULTI_INSTANCE_[A-Z_]+", page.text))
    printed = {name for name in mentioned if name.startswith("MULTI_INSTANCE_API_")}
    assert mentioned - known - printed - {"MULTI_INSTANCE_REFERENCE_IMAGE"} == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Page) -> None:
    for link in page.links:
        file, _, anchor = link.partition("#")
        target = (page.path.parent / file).resolve() if file else page.path
        assert target.exists(), f"{link}: is not there"
        assert target.is_relative_to(REPOSITORY), f"{link}: leads out of the repository"
        if anchor:
            assert anchor in Page(target).anchors, f"{link}: has no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_recipe_that_is_mentioned_exists(page: Page) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    recipes = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    mentioned = re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", page.text, re.MULTILINE)
    assert {first or second for first, second in mentioned} - recipes == set()


@pytest.mark.parametrize(("page", "example"), EXAMPLES)
def test_every_example_of_a_configuration_file_is_accepted(
    page: Page, example: str, tmp_path: Path
) -> None:
    (tmp_path / "auth_profiles").mkdir()
    for definition in filter(is_definition, page.blocks("toml")):
        (tmp_path / "account-server.toml").write_text(definition)
    (tmp_path / "multi-instance.toml").write_text(example)
    (tmp_path / "secrets").mkdir()
    for key_file in re.findall(r'api-key-file = "([^"]+)"', example):
        (tmp_path / key_file).write_text("sk-of-the-test\n")
    settings = resolve_settings(GivenOptions({"project_root": str(tmp_path)}, {}, tmp_path))
    assert settings.project_root == tmp_path


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_every_definition_of_an_application_is_a_whole_one(definition: str, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(definition)
    (tmp_path / "multi-instance.toml").write_text('application = "other.toml"')
    settings = resolve_settings(GivenOptions({"project_root": str(tmp_path)}, {}, tmp_path))
    assert f'name = "{settings.application.name}"' in definition


def test_the_examples_are_some() -> None:
    assert len(EXAMPLES) > 5
    assert len(DEFINITIONS) > 1
    assert sum(len(page.calls) for page in PAGES) > 100


def test_every_page_of_the_documentation_is_reached_from_its_index() -> None:
    index = REPOSITORY / "docs" / "README.md"
    reached, ahead = {index}, [index]
    while ahead:
        page = Page(ahead.pop())
        targets = {(page.path.parent / link.partition("#")[0]).resolve() for link in page.links}
        new = {target for target in targets if target.suffix == ".md"} - reached
        reached |= new
        ahead += new
    assert {page.path for page in PAGES if page.path.parent != REPOSITORY} - reached == set()


def test_the_questions_of_every_day_have_a_page() -> None:
    links = Page(REPOSITORY / "docs" / "README.md").links
    questions = (
        "upgrade-the-image",
        "look-after-the-logins",
        "move-ports",
        "run-another-program",
        "run-under-systemd",
        "put-a-reverse-proxy-in-front",
    )
    assert [name for name in questions if f"how-to/{name}.md" not in links] == []


def test_every_picture_is_drawn_by_the_script_and_shown() -> None:
    script = (REPOSITORY / "scripts" / "draw_screenshots.py").read_text(encoding="utf-8")
    drawn = {*re.findall(r'artist\.draw\("(\w+)"', script), *re.findall(r'_save\("(\w+)"', script)}
    drawn.add("speed")  # by the benchmark; see test_bench_results.py
    shown = {link for page in PAGES for link in page.links if link.endswith(".svg")}
    there = {path.stem for path in (REPOSITORY / "docs" / "pictures").iterdir()}
    assert there == drawn == {Path(link).stem for link in shown}


def test_the_unit_of_systemd_calls_what_exists() -> None:
    calls = re.findall(r"^Exec\w+=\S+/multi-instance (.+)$", UNIT.read_text(), re.MULTILINE)
    assert len(calls) == 3
    for call in calls:
        must_be_a_command_line(call.split())


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_picture_asks_another_host_for_anything(page: Page) -> None:
    for link in page.links:
        if link.endswith(".svg"):
            picture = (page.path.parent / link).read_text(encoding="utf-8")
            hosts = set(re.findall(r"https?://[^\s\"<)&]+", picture))
            assert {h for h in hosts if "127.0.0.1" not in h} == {"http://www.w3.org/2000/svg"}
            assert "@font-face" not in picture
            assert "@import" not in picture
