"""Where the instances answer, in the forms that shells and scrapers read."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multi_instance_manager.render.endpoints import endpoints_sheet, env_text, prometheus_text
from multi_instance_manager.render.variable_names import variable_part_of
from multi_instance_manager.reports.endpoints import EndpointsReport, InstanceEndpoints


def endpoint(
    profile: str = "user-a", host: str = "127.0.0.1", port: int = 2048
) -> InstanceEndpoints:
    authority = f"[{host}]" if ":" in host else host
    return InstanceEndpoints(
        profile=profile,
        container_name=f"ai-proxy-{profile}",
        host=host,
        api_port=port,
        stream_port=3120,
        api_url=f"http://{authority}:{port}",
        api_key_file="/srv/it's here/key.txt",
        is_running=True,
        is_ready=None,
    )


def report_of(*endpoints: InstanceEndpoints) -> EndpointsReport:
    return EndpointsReport(fleet="ai-proxy", endpoints=endpoints, left_out=())


def test_a_shell_reads_the_variables_as_they_are() -> None:
    text = env_text(report_of(endpoint(), endpoint("user-b", "::1", 2049)))
    listing = 'for name in $(compgen -A variable MULTI_INSTANCE_); do echo "$name=${!name}"; done'
    script = f"{text}\n{listing}"

    bare = {"PATH": os.environ["PATH"]}  # the run of the tests may have such variables itself
    done = subprocess.run(
        ["bash", "-eu", "-c", script], env=bare, capture_output=True, text=True, check=True
    )

    assert sorted(done.stdout.splitlines()) == [
        "MULTI_INSTANCE_API_KEY_FILE_USER_A=/srv/it's here/key.txt",
        "MULTI_INSTANCE_API_KEY_FILE_USER_B=/srv/it's here/key.txt",
        "MULTI_INSTANCE_API_URLS=http://127.0.0.1:2048,http://[::1]:2049",
        "MULTI_INSTANCE_API_URL_USER_A=http://127.0.0.1:2048",
        "MULTI_INSTANCE_API_URL_USER_B=http://[::1]:2049",
        "MULTI_INSTANCE_STREAM_PORT_USER_A=3120",
        "MULTI_INSTANCE_STREAM_PORT_USER_B=3120",
    ]


@pytest.mark.parametrize(
    ("name", "part"),
    [("user-a", "USER_A"), ("a1", "A1"), ("user-a-b", "USER_A_B")],
)
def test_a_plain_name_is_itself_in_capitals(name: str, part: str) -> None:
    assert variable_part_of(name) == part


@pytest.mark.parametrize("name", ["user_a", "User-a", "user a", "user--a", "-user-a", "usér-a"])
def test_a_name_that_would_be_taken_for_another_gets_a_hash(name: str) -> None:
    assert re.fullmatch(r"[A-Z_]*_[0-9A-F]{8}", variable_part_of(name))


NAMES = st.text(st.sampled_from("aA1-_ é.$\n'"), min_size=1, max_size=6) | st.text(min_size=1)


@given(NAMES)
def test_any_name_gives_what_may_end_the_name_of_a_variable(name: str) -> None:
    assert re.fullmatch(r"[A-Z0-9_]+", variable_part_of(name))


@given(NAMES, NAMES)
def test_two_profiles_never_share_a_variable(one: str, other: str) -> None:
    assert one == other or variable_part_of(one) != variable_part_of(other)


def test_prometheus_gets_a_target_for_each_instance_with_labels_of_text() -> None:
    groups = json.loads(prometheus_text(report_of(endpoint(), endpoint("b c", "::1"))))

    assert groups == [
        {
            "targets": ["127.0.0.1:2048"],
            "labels": {
                "profile": "user-a",
                "container": "ai-proxy-user-a",
                "fleet": "ai-proxy",
            },
        },
        {
            "targets": ["[::1]:2048"],
            "labels": {"profile": "b c", "container": "ai-proxy-b c", "fleet": "ai-proxy"},
        },
    ]
    assert prometheus_text(report_of()) == "[]\n"


def test_the_table_names_the_file_of_the_key() -> None:
    sheet = endpoints_sheet(report_of(endpoint()))

    assert sheet.rows == (("user-a", "http://127.0.0.1:2048", "3120", "/srv/it's here/key.txt"),)
