"""The report of `config show`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from multi_instance_manager.reports.report import Report


class ConfigValue(msgspec.Struct, frozen=True, kw_only=True):
    """One setting and its source."""

    key: Annotated[str, Meta(description="Its key in the configuration file.")]
    value: Annotated[str, Meta(description="The value as text; a secret one is masked.")]
    source: Annotated[str, Meta(description="flag, variable, file or default.")]
    name: Annotated[
        str, Meta(description="Its name in the source, such as IMAGE_NAME; empty: default.")
    ]


class ApplicationFact(ConfigValue, frozen=True, kw_only=True):
    """One fact of the application, its source, and how it is known."""

    learnt_from: Annotated[
        str | None,
        Meta(description="Its place in the application's own source; null: not known."),
    ]


class ConfigReport(
    Report, frozen=True, kw_only=True, tag_field="schema", tag="multi-instance/config-show/1"
):
    """Every setting of one run, with the file's overrides for single profiles."""

    config_file: Annotated[
        str | None, Meta(description="The configuration file that was read, if any.")
    ]
    values: Annotated[
        tuple[ConfigValue, ...], Meta(description="The settings, in the order of the reference.")
    ]
    application: Annotated[
        tuple[ApplicationFact, ...], Meta(description="The facts of the application.")
    ]
