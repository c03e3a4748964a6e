"""The page of the facts of the application: the definition file, and its rules. Pure."""

from __future__ import annotations

from multi_instance_manager.application.builtin import BUILTIN_FILE
from reference_pages.markdown import page

_OPENING = """\
The manager's knowledge of the application is data. The file below comes with the package. Its
comments explain each fact; `[sources]` names the place of each fact in the application's source.

`[application]` in the [configuration file](configuration.md) overrides single facts.
`application = "FILE"` names a whole definition, for another program:
[run another program](../how-to/run-another-program.md). A whole definition must have `name`,
`image`, `project`, `ports`, `paths` and `readiness`; anything else that it omits is a feature that
the program does not have. `multi-instance config show` lists the facts in force, and
`multi-instance config schema` has their types.
"""


def application_page() -> str:
    """The definition that comes with the manager, as it is."""
    definition = BUILTIN_FILE.read_text(encoding="utf-8").strip()
    return page("# What is known of the application\n", _OPENING, f"```toml\n{definition}\n```\n")
