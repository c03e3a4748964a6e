"""Manifests for Kubernetes: a StatefulSet with one pod for each instance, and what it needs. Pure.

The login is copied to the instance's own volume at its first start, because it is written there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.export.contents import contents_of, mount_losses
from multi_instance_manager.export.exported import WITH_SECRETS, Export, ExportedFile
from multi_instance_manager.export.losses import Loss, LossCode, comment_lines, with_usual_losses
from multi_instance_manager.export.manifests import (
    CLIENT_LABEL,
    ENVIRONMENT_FILE,
    LOGIN,
    accepts_status,
    network_policy,
    secret,
    service,
    stateful_set,
)
from multi_instance_manager.export.names import LONGEST_SET, cluster_name
from multi_instance_manager.export.wanted import ENV, wanted_of
from multi_instance_manager.export.yaml_text import yaml_text
from multi_instance_manager.text.shell_words import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from multi_instance_manager.export.exported import Ingredient
    from multi_instance_manager.export.wanted import Wanted

SECRETS = "secrets.yaml"
_CARRIED = {ENV, "--memory", "--cpus", "--shm-size"}


def kubernetes(given: Ingredient) -> Export:
    """Return a file of manifests for each instance, and the secrets if they are asked for."""
    instances, lost = wanted_of(given.specs, _CARRIED)
    losses = with_usual_losses((*lost, *_losses(given, instances)))
    files = [_manifests(given, one, losses) for one in instances]
    if given.with_secrets:
        files.append(_secrets(given, instances))
    return Export(tuple(files), losses)


def _losses(given: Ingredient, instances: Sequence[Wanted]) -> list[Loss]:
    readiness = given.around.settings.application.readiness
    losses = [*mount_losses(given.around, instances)]
    losses += [Loss(LossCode.IMAGE, one.spec.image.name) for one in instances]
    losses += [Loss(LossCode.SHELL), Loss(LossCode.LOG_LIMITS)]
    if not accepts_status(readiness.status):
        losses.append(Loss(LossCode.READINESS, str(readiness.status)))
    return losses


def _name(one: Wanted) -> str:
    return cluster_name(one.spec.container_name, LONGEST_SET)


def _manifests(given: Ingredient, one: Wanted, losses: Iterable[Loss]) -> ExportedFile:
    name = _name(one)
    heading = "\n".join(comment_lines(_opening(given, one), losses))
    documents = [stateful_set(name, given, one), service(name, one), network_policy(name, one)]
    text = "---\n".join(map(yaml_text, documents))
    return ExportedFile(f"{name}.yaml", f"{heading}\n{text}")


def _opening(given: Ingredient, one: Wanted) -> list[str]:
    name = _name(one)
    label = "=".join(CLIENT_LABEL)
    opening = ["One instance of a pool, for Kubernetes: kubectl apply -f .", ""]
    opening.append(f"Pods with the label {label} reach it at {name}, other pods do not.")
    if given.with_secrets:
        return [*opening, f"Its secrets are in {SECRETS}."]
    opening += [f"First create its secret, or {WITH_SECRETS}:", ""]
    pool_file = given.around.pool_files[one.spec.profile_name]
    words = [
        f"kubectl create secret generic {name}",
        f"--from-file={LOGIN}={quote(f'{pool_file}')}",
    ]
    words += [f'--from-literal={h.local_name}="${h.reference}"' for h in one.secrets]
    if contents_of(given.around, one).environment_file:
        file = quote(str(given.around.settings.docker_env_file))
        words.append(f"--from-file={ENVIRONMENT_FILE}={file}")
    return opening + [f"  {word} \\" for word in words[:-1]] + [f"    {words[-1]}"]


def _secrets(given: Ingredient, instances: Sequence[Wanted]) -> ExportedFile:
    documents = []
    for one in instances:
        content = {held.local_name: held.value for held in one.secrets}
        content[LOGIN] = given.logins[one.spec.profile_name]
        if given.environment_file and contents_of(given.around, one).environment_file:
            content[ENVIRONMENT_FILE] = given.environment_file
        documents.append(secret(_name(one), one, content))
    heading = "# The secrets of the instances. Keep this file out of repositories.\n"
    return ExportedFile(SECRETS, heading + "---\n".join(map(yaml_text, documents)), is_secret=True)
