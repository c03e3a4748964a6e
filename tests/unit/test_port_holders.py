"""What holds a port is told by its kind, and what may be an engine's own is no finding."""

from __future__ import annotations

import pytest

from multi_instance_manager.host.port_holder import Holder, HolderKind, holders_text
from multi_instance_manager.plan.plan import Plan
from multi_instance_manager.probe import port_holders
from multi_instance_manager.probe.port_holders import survey_ports
from unit.builders import foreign_container, spec_of

NGINX = Holder(HolderKind.PROCESS, "nginx", 412)
PROXY = Holder(HolderKind.ENGINE_PROXY, "docker-proxy", 7)
PORT = 2048


@pytest.mark.parametrize(
    ("holders", "words"),
    [
        ((NGINX,), "nginx (pid 412)"),
        ((NGINX, Holder(HolderKind.PROCESS, pid=413)), "nginx (pid 412) and pid 413"),
        ((PROXY,), "docker-proxy (pid 7)"),
        (
            (Holder(HolderKind.LEFT_PROXY, "docker-proxy", 7),),
            "docker-proxy (pid 7), left behind by an engine that was killed (`kill 7` ends it)",
        ),
        ((Holder(HolderKind.CONTAINER, "web"),), "container web"),
        ((Holder(HolderKind.OTHER_USER),), "a process of another user"),
        ((Holder(HolderKind.UNKNOWN),), "a listener that cannot be seen from here"),
    ],
)
def test_each_kind_of_holder_has_its_words(holders: tuple[Holder, ...], words: str) -> None:
    assert holders_text(holders) == words


def surveyed(
    monkeypatch: pytest.MonkeyPatch, *holders: Holder, engine_answers: bool
) -> tuple[Holder, ...]:
    monkeypatch.setattr(port_holders, "busy_ports", lambda _, ports: {PORT} & set(ports))
    monkeypatch.setattr(port_holders, "holders_of", lambda _: holders)
    containers = () if engine_answers else None
    survey = survey_ports("127.0.0.1", [spec_of()], containers, Plan())
    return survey.facts.holders.get(PORT, ())


@pytest.mark.parametrize(
    "kind",
    [HolderKind.ENGINE_PROXY, HolderKind.LEFT_PROXY, HolderKind.OTHER_USER, HolderKind.UNKNOWN],
)
def test_what_may_be_an_engines_is_no_finding_where_no_engine_answers(
    monkeypatch: pytest.MonkeyPatch, kind: HolderKind
) -> None:
    holder = Holder(kind)

    assert surveyed(monkeypatch, holder, engine_answers=False) == ()
    assert surveyed(monkeypatch, holder, engine_answers=True) == (holder,)


@pytest.mark.parametrize("name", ["nginx", "docker-proxy", "somebody"])
def test_a_process_is_a_finding_whatever_its_name_and_beside_a_proxy(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    process = Holder(HolderKind.PROCESS, name, 412)

    assert surveyed(monkeypatch, process, engine_answers=False) == (process,)
    assert surveyed(monkeypatch, PROXY, process, engine_answers=False) == (PROXY, process)


def test_a_container_is_named_in_place_of_its_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_holders, "busy_ports", lambda _, ports: {PORT} & set(ports))
    containers = [foreign_container("web", [PORT])]

    survey = survey_ports("127.0.0.1", [spec_of()], containers, Plan())

    assert survey.facts.holders == {PORT: (Holder(HolderKind.CONTAINER, "web"),)}
