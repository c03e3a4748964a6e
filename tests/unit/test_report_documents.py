"""A report becomes JSON whatever the names in it are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from multi_instance_manager.reports.failure import FailureReport
from multi_instance_manager.reports.report import document_of, line_of


@pytest.mark.parametrize(
    ("name", "shown"),
    [("k\u00fcche", "k\u00fcche"), ("bad\udcff", "bad\\udcff"), ("\x1b[31m", "\x1b[31m")],
)
def test_a_name_that_is_no_text_is_written_with_escapes(name: str, shown: str) -> None:
    report = FailureReport(exit_code=1, result="failed", message=f"profile {name}")

    documents: list[dict[str, Any]] = [json.loads(document_of(report)), json.loads(line_of(report))]

    assert [document["message"] for document in documents] == [f"profile {shown}"] * 2
    assert all(document["schema"] == "multi-instance/failure/1" for document in documents)
