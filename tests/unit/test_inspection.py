from __future__ import annotations

import json
from typing import Any

from multi_instance_manager.commands.look.inspection import told_of_inspection

PLANTED = "PLANTED"
DETAILS: dict[str, Any] = {
    "Id": "abc",
    "Path": PLANTED,
    "Args": [PLANTED],
    "New": PLANTED,
    "State": {"Status": "running", "Health": {"Log": [{"Output": PLANTED}]}},
    "HostConfig": {
        "Memory": 1,
        "LogConfig": {"Type": "splunk", "Config": {"splunk-token": PLANTED}},
        "RestartPolicy": {"Name": "always"},
    },
    "Config": {
        "Env": [f"NAME={PLANTED}", f"OTHER=a={PLANTED}"],
        "Labels": {"multi-instance.profile": "user-a", "theirs": PLANTED},
        "Cmd": [PLANTED],
        "Entrypoint": [PLANTED],
        "Healthcheck": {"Test": [PLANTED]},
    },
    "Mounts": [{"Source": "/here", "Destination": "/there", "RW": True, "New": PLANTED}],
    "NetworkSettings": {"Ports": {}, "Networks": {"bridge": {"IPAddress": "1", "Dns": PLANTED}}},
}


def test_only_members_that_hold_no_secret_are_told() -> None:
    told = told_of_inspection(DETAILS)

    assert PLANTED not in json.dumps(told)
    assert told["Config"]["Env"] == ["NAME=********", "OTHER=********"]
    assert told["Config"]["Labels"]["multi-instance.profile"] == "user-a"
    assert told["HostConfig"]["LogDriver"] == "splunk"
    assert told["Mounts"] == [{"Source": "/here", "Destination": "/there", "RW": True}]
    assert told["State"] == {"Status": "running"}


def test_an_inspection_that_lacks_members_is_told_as_far_as_it_goes() -> None:
    assert told_of_inspection({"Id": "abc", "Config": None})["Id"] == "abc"
