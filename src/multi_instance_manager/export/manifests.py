"""The objects of one instance in a Kubernetes cluster, as data. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multi_instance_manager.export.contents import contents_of
from multi_instance_manager.export.names import cluster_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multi_instance_manager.export.contents import Contents
    from multi_instance_manager.export.exported import Ingredient
    from multi_instance_manager.export.wanted import Assignment, Wanted
    from multi_instance_manager.text.secret import Secret

CLIENT_LABEL = ("multi-instance/client", "true")
LOGIN, ENVIRONMENT_FILE = "login.json", "environment"
"""The secret's keys of the login, and of the environment file."""
_INSTANCE_LABEL = "app.kubernetes.io/instance"
_PROFILE = "multi-instance/profile"
_ACTIVE, _LOGIN, _SECRET, _EMPTY, _SHM = "active", "login", "secret", "empty", "shm"
_VOLUME_SIZE = "64Mi"
_GROUP = 10001
"""The pod's processes are in this group, and the volume belongs to it, whatever their user."""
_COPY_ONCE = 'test -s "$2" || cp "$1" "$2"'
_OK, _FIRST_ERROR = 200, 400


def accepts_status(status: int) -> bool:
    """Whether a cluster takes this HTTP status for a good answer."""
    return _OK <= status < _FIRST_ERROR


def stateful_set(name: str, given: Ingredient, one: Wanted) -> dict[str, Any]:
    """Return the set: one pod, with a volume that only one pod can have."""
    template = {"metadata": _metadata(one, name, with_name=False), "spec": _pod(name, given, one)}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": _metadata(one, name),
        "spec": {
            "serviceName": name,
            "replicas": 1,
            "selector": {"matchLabels": _selector(name)},
            "template": template,
            "volumeClaimTemplates": [_claim()],
        },
    }


def service(name: str, one: Wanted) -> dict[str, Any]:
    """Return the service, which only the cluster reaches."""
    ports = [
        {"name": port["name"], "port": port["containerPort"], "targetPort": port["name"]}
        for port in _ports(one)
    ]
    spec = {"type": "ClusterIP", "selector": _selector(name), "ports": ports}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(one, name),
        "spec": spec,
    }


def network_policy(name: str, one: Wanted) -> dict[str, Any]:
    """Return the policy: only pods with the client label reach it, and only its own ports."""
    clients = {"podSelector": {"matchLabels": dict([CLIENT_LABEL])}}
    ports = [{"protocol": "TCP", "port": port["containerPort"]} for port in _ports(one)]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _metadata(one, name),
        "spec": {
            "podSelector": {"matchLabels": _selector(name)},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [clients], "ports": ports}],
        },
    }


def secret(name: str, one: Wanted, content: Mapping[str, Secret]) -> dict[str, Any]:
    """Return the secret with its content."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata(one, name),
        "type": "Opaque",
        "stringData": {key: value.reveal() for key, value in content.items()},
    }


def _metadata(one: Wanted, name: str, *, with_name: bool = True) -> dict[str, Any]:
    fleet = cluster_name(one.spec.identity.fleet)
    labels = {"app.kubernetes.io/part-of": fleet, **_selector(name)}
    rest = {"labels": labels, "annotations": {_PROFILE: one.spec.profile_name}}
    return {"name": name, **rest} if with_name else rest


def _selector(name: str) -> dict[str, str]:
    return {_INSTANCE_LABEL: name}


def _ports(one: Wanted) -> list[dict[str, Any]]:
    inner = one.spec.inner_ports
    named = [("api", inner.api), ("stream", inner.stream)]
    return [{"name": name, "containerPort": port} for name, port in named if port is not None]


def _claim() -> dict[str, Any]:
    return {
        "metadata": {"name": _ACTIVE},
        "spec": {
            "accessModes": ["ReadWriteOncePod"],
            "resources": {"requests": {"storage": _VOLUME_SIZE}},
        },
    }


def _pod(name: str, given: Ingredient, one: Wanted) -> dict[str, Any]:
    contents = contents_of(given.around, one)
    image = {"image": one.spec.image.name, "imagePullPolicy": "IfNotPresent"}
    words = ["sh", "-c", _COPY_ONCE, "sh", contents.login, contents.active_login]
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": given.stop_timeout_s,
        "securityContext": {"fsGroup": _GROUP, "fsGroupChangePolicy": "OnRootMismatch"},
        "initContainers": [
            {"name": "login", **image, "command": words, "volumeMounts": _login_mounts(contents)}
        ],
        "containers": [{"name": "instance", **image, **_container(name, given, one, contents)}],
        "volumes": _volumes(name, one, contents),
    }


def _container(name: str, given: Ingredient, one: Wanted, contents: Contents) -> dict[str, Any]:
    limits = _limits(one)
    return {
        "ports": _ports(one),
        "env": [_variable(name, each) for each in one.assignments],
        "readinessProbe": _probe(given),
        **({"resources": {"limits": limits}} if limits else {}),
        "volumeMounts": [*_login_mounts(contents), *_other_mounts(one, contents)],
    }


def _variable(name: str, each: Assignment) -> dict[str, Any]:
    if each.reference:
        source = {"secretKeyRef": {"name": name, "key": each.local_name}}
        return {"name": each.name, "valueFrom": source}
    return {"name": each.name, "value": each.value.replace("$(", "$$(")}


def _probe(given: Ingredient) -> dict[str, Any]:
    readiness = given.around.settings.application.readiness
    port = given.around.settings.application.ports.api
    if accepts_status(readiness.status):
        return {"httpGet": {"path": readiness.path, "port": port}, "periodSeconds": 5}
    return {"tcpSocket": {"port": port}, "periodSeconds": 5}


def _limits(one: Wanted) -> dict[str, str]:
    host = one.spec.payload()["HostConfig"]
    found = {}
    if host.get("Memory"):
        found["memory"] = str(host["Memory"])
    if host.get("NanoCpus"):
        found["cpu"] = f"{max(1, round(host['NanoCpus'] / 1_000_000))}m"
    return found


def _login_mounts(contents: Contents) -> list[dict[str, Any]]:
    return [
        {"name": _ACTIVE, "mountPath": contents.active},
        {"name": _LOGIN, "mountPath": contents.saved, "readOnly": True},
    ]


def _other_mounts(one: Wanted, contents: Contents) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": _EMPTY, "mountPath": path, "readOnly": True} for path in contents.empty
    ]
    files = {contents.environment_file: ENVIRONMENT_FILE}
    files |= {contents.key: one.key.local_name} if one.key else {}
    found += [
        {"name": _SECRET, "mountPath": path, "subPath": key, "readOnly": True}
        for path, key in files.items()
        if path
    ]
    if _shm_bytes(one):
        found.append({"name": _SHM, "mountPath": "/dev/shm"})  # noqa: S108  # in the container
    return found


def _shm_bytes(one: Wanted) -> int:
    return int(one.spec.payload()["HostConfig"].get("ShmSize") or 0)


def _volumes(name: str, one: Wanted, contents: Contents) -> list[dict[str, Any]]:
    file = contents.login.rpartition("/")[2]
    login = {"secretName": name, "items": [{"key": LOGIN, "path": file}]}
    found: list[dict[str, Any]] = [
        {"name": _LOGIN, "secret": login},
        {"name": _SECRET, "secret": {"secretName": name}},
    ]
    if contents.empty:
        found.append({"name": _EMPTY, "emptyDir": {}})
    if size := _shm_bytes(one):
        found.append({"name": _SHM, "emptyDir": {"medium": "Memory", "sizeLimit": str(size)}})
    return found
