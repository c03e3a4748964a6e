"""The report of `export`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.export.losses import loss_text
from multi_instance_manager.reports.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from multi_instance_manager.export.exported import Export, ExportFormat


class WrittenFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an export."""

    name: Annotated[str, Meta(description="Its name in the folder.")]
    holds_secrets: Annotated[
        bool, Meta(description="Whether it holds secrets; then only its owner can read it.")
    ]


class LostFeature(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the other tool does not do, or that the files cannot say."""

    code: Annotated[str, Meta(description="The kind of loss, as a stable code.")]
    subject: Annotated[str, Meta(description="Its subject; empty: all instances.")]
    sentence: Annotated[str, Meta(description="The loss in one sentence.")]


class ExportReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/export/1"
):
    """The files that were written for another tool."""

    format: Annotated[str, Meta(description="compose, quadlet, kubernetes or stack.")]
    folder: Annotated[str, Meta(description="The folder of the files.")]
    profiles: Annotated[
        tuple[str, ...], Meta(description="The profiles whose instances are in them.")
    ]
    files: Annotated[tuple[WrittenFile, ...], Meta(description="The files, in order.")]
    lost: Annotated[tuple[LostFeature, ...], Meta(description="The losses outside of the manager.")]


def export_report(
    form: ExportFormat, folder: Path, profile_names: Sequence[str], whole: Export
) -> ExportReport:
    """Return the report of an export that was written."""
    return ExportReport(
        format=form.value,
        folder=str(folder),
        profiles=tuple(profile_names),
        files=tuple(WrittenFile(name=f.name, holds_secrets=f.is_secret) for f in whole.files),
        lost=tuple(
            LostFeature(code=loss.code.value, subject=loss.subject, sentence=loss_text(loss))
            for loss in whole.losses
        ),
    )
