"""Values of extra docker arguments in which people put secrets are shown nowhere."""

from __future__ import annotations

import pytest

from multi_instance_manager.engine.docker_run import ExtraArgs, parse_docker_args
from multi_instance_manager.text.secret import MASK
from unit.builders import RESERVED

SECRETS = [
    "--label team=THEVALUE",
    "--annotation a=THEVALUE",
    "--log-opt splunk-token=THEVALUE",
    "--storage-opt a=THEVALUE",
    "--health-cmd 'curl -H key:THEVALUE localhost'",
    '--mount type=volume,dst=/x,volume-opt=type=cifs,"volume-opt=o=username=a,password=THEVALUE"',
    "--mount type=volume,dst=/x,volume-label=a=THEVALUE",
    "-e A=THEVALUE",
]


def extra_of(source: str) -> ExtraArgs:
    parsed = parse_docker_args(
        [source.replace('"', "'\"'") if "cifs" in source else source],
        reader=lambda _: "",
        environment={},
        reserved=RESERVED,
    )
    assert parsed.problems == ()
    return parsed.extra


@pytest.mark.parametrize("source", SECRETS)
def test_a_value_that_may_be_a_secret_is_masked_and_its_option_is_not(source: str) -> None:
    extra = extra_of(source)

    shown = " ".join(extra.masked_tokens)

    assert "THEVALUE" not in shown + repr(extra)
    assert MASK in shown
    assert any("THEVALUE" in value for _, value in extra.secrets)
    assert all("THEVALUE" not in name for name, _ in extra.secrets)


@pytest.mark.parametrize(
    "source", ["--memory 2g", "--mount type=bind,src=/a,dst=/b", "--label plain", "--network n"]
)
def test_what_holds_no_secret_is_shown_as_it_is(source: str) -> None:
    extra = extra_of(source)

    assert extra.masked_tokens == extra.tokens
    assert extra.secrets == ()
