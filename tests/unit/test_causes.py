"""A cause is chosen by its code, and worded in one place."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from multi_instance_manager.execute.executor import first_to_go_alone
from multi_instance_manager.plan.causes import (
    Cause,
    CauseCode,
    cause_text,
    causes_text,
    lost_network,
    without_repeats,
)
from multi_instance_manager.plan.plan import Operation, OperationKind, Plan
from multi_instance_manager.settings.model import Canary
from unit.builders import some_settings, specs_of

DIGITS = "ab12cd34ef5600112233"
NEXT = "sha256:cd34ef56ab1299887766"
ENVIRONMENT = {CauseCode.VARIABLE_CHANGED, CauseCode.ENV_FILE_CHANGED}


@pytest.mark.parametrize("code", CauseCode)
def test_each_code_has_words_of_its_own_with_all_that_it_names(code: CauseCode) -> None:
    texts = {one: cause_text(Cause(one, ("NAME", "NEXT"), after="after")) for one in CauseCode}
    text = texts[code]

    assert "{" not in text
    assert list(texts.values()).count(text) == (1 if code not in ENVIRONMENT else 2)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("proxy:1", "proxy:1 (ab12cd34ef56)"),
        ("", "ab12cd34ef56"),
        (DIGITS, "ab12cd34ef56"),
        (f"sha256:{DIGITS}", "ab12cd34ef56"),
        (DIGITS[:12], "ab12cd34ef56"),
    ],
)
def test_an_image_is_told_by_its_tag_and_short_id(name: str, shown: str) -> None:
    """An engine that moved the tag on calls the image by its ID."""
    cause = Cause(CauseCode.IMAGE_CHANGED, (name, "proxy:2"), f"sha256:{DIGITS}", NEXT)
    gone = replace(cause, after="")

    assert cause_text(cause) == f"image changed: {shown} → proxy:2 (cd34ef56ab12)"
    assert cause_text(gone) == f"image changed: {shown} → proxy:2 (does not exist)"


def test_braces_in_names_are_names() -> None:
    assert cause_text(Cause(CauseCode.PART_GONE, ("{after}",), after="x")) == (
        "{after} is no longer set"
    )


def test_the_general_words_go_where_another_cause_names_the_option() -> None:
    general, option = Cause(CauseCode.EXTRA_CHANGED), Cause(CauseCode.OPTION_CHANGED, ("--init",))
    key = Cause(CauseCode.KEY_CHANGED)

    assert without_repeats([general, option, option]) == (option,)
    assert without_repeats([general, key]) == (general, key)


def test_a_network_that_came_back_under_its_name_is_told_apart() -> None:
    assert causes_text([lost_network("own", {"id": "own"}), lost_network("own", None)]) == (
        "its network own was removed and made again, its network own was removed"
    )


def planned(cause: Cause) -> Plan:
    return Plan(
        tuple(
            Operation(OperationKind.REPLACE, spec.profile_name, spec.container_name, (cause,), spec)
            for spec in specs_of("a", "b", "c", "d")
        )
    )


@pytest.mark.parametrize("code", CauseCode)
def test_one_goes_first_where_the_code_says_that_all_get_the_same(code: CauseCode) -> None:
    """The words of another cause may begin like those of a shared one."""
    shared = code in {CauseCode.IMAGE_CHANGED, CauseCode.ENV_FILE_CHANGED}

    first = first_to_go_alone(planned(Cause(code, ("image changed", "x"))), some_settings())

    assert (first is not None) is shared


@pytest.mark.parametrize(("canary", "goes_first"), [(Canary.ALWAYS, True), (Canary.NEVER, False)])
@pytest.mark.parametrize("code", [CauseCode.IMAGE_CHANGED, CauseCode.ASKED_FOR])
def test_a_canary_that_was_asked_for_or_ruled_out_does_not_depend_on_the_cause(
    canary: Canary, goes_first: bool, code: CauseCode
) -> None:
    cause = Cause(code, ("image changed", "x"))

    first = first_to_go_alone(planned(cause), some_settings(canary=canary))

    assert (first is not None) is goes_first
