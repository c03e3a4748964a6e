"""Whole exports, file by file, held against those in `exported/`, which people have read.

To see what a change does to them, write them anew with this module as a script, and read the diff.
"""

from __future__ import annotations

import sys
from itertools import takewhile
from pathlib import Path

import pytest
import yaml
from kubernetes_validate import validate

from multi_instance_manager.export.exported import ExportFormat
from multi_instance_manager.export.losses import LossCode
from unit.exporting import LOGIN, SECRETS, exported, texts_of

FOLDER = Path(__file__).with_name("exported")
VERSION = "1.33"


@pytest.mark.parametrize("form", ExportFormat)
def test_an_export_has_exactly_these_files(form: ExportFormat) -> None:
    kept = {path.name: path.read_text() for path in (FOLDER / form).iterdir()}

    assert texts_of(exported(form, with_secrets=True)) == kept


@pytest.mark.parametrize("form", ExportFormat)
@pytest.mark.parametrize("with_secrets", [False, True])
def test_no_file_for_others_to_read_holds_a_secret(
    form: ExportFormat, *, with_secrets: bool
) -> None:
    export = exported(form, with_secrets=with_secrets)
    shown = "".join(file.text for file in export.files if not file.is_secret)
    secret = "".join(file.text for file in export.files if file.is_secret)

    assert [one for one in SECRETS if one in shown] == []
    assert [one for one in SECRETS if one in secret] == (list(SECRETS) if with_secrets else [])
    assert "hush" not in repr(export)


@pytest.mark.parametrize("form", ExportFormat)
def test_each_main_file_begins_with_what_is_lost(form: ExportFormat) -> None:
    export = exported(form)
    mains = [file.text for file in export.files if not file.name.endswith(".sh")]

    assert mains
    for text in mains:
        head = list(takewhile(lambda line: line.startswith("#"), text.splitlines()))
        assert "# - Nothing verifies that each instance runs on its own profile only." in head


@pytest.mark.parametrize("form", ExportFormat)
def test_an_option_without_a_counterpart_is_reported(form: ExportFormat) -> None:
    lost = {loss.subject for loss in exported(form).losses if loss.code is LossCode.OPTION}

    assert {"--label=note=********", "--pids-limit=100"} <= lost
    assert ("--init=true" in lost) is (form is ExportFormat.KUBERNETES)


@pytest.mark.parametrize("with_secrets", [False, True])
def test_a_cluster_takes_the_manifests(*, with_secrets: bool) -> None:
    texts = texts_of(exported(ExportFormat.KUBERNETES, with_secrets=with_secrets))
    found = [document for text in texts.values() for document in yaml.safe_load_all(text)]
    for document in found:
        validate(document, VERSION, strict=True)

    kinds = ["NetworkPolicy", "Secret", "Service", "StatefulSet"]
    expected = kinds if with_secrets else [kind for kind in kinds if kind != "Secret"]
    assert sorted({document["kind"] for document in found}) == expected


def test_a_cluster_gets_the_login_as_it_is() -> None:
    texts = texts_of(exported(ExportFormat.KUBERNETES, with_secrets=True))
    for secret in yaml.safe_load_all(texts["secrets.yaml"]):
        assert secret["stringData"]["login.json"] == LOGIN


if __name__ == "__main__":
    for each in ExportFormat:
        (FOLDER / each).mkdir(parents=True, exist_ok=True)
        for name, text in texts_of(exported(each, with_secrets=True)).items():
            (FOLDER / each / name).write_text(text)
    sys.exit()
