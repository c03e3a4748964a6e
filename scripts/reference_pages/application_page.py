"""The page of what is known of the application: the definition file itself, and its rules. Pure."""

from __future__ import annotations

from multi_instance_manager.application.builtin import BUILTIN_FILE
from reference_pages.markdown import page

_OPENING = """\
What the manager knows of the application is data. The file below comes with the package; its
comments say what each fact means, `[sources]` says where it stands in the application's own source.

`[application]` in the [configuration file](configuration.md) changes single facts, and
`application = "FILE"` gives a whole definition of another program:
[run another program](../how-to/run-another-program.md). In a whole definition `name`, `image`,
`project`, `ports`, `paths` and `readiness` must be there; what else is left out is something that
the program does not have. `multi-instance config show` lists the facts in force, and
`multi-instance config schema` has their types.
"""


def application_page() -> str:
    """The definition that comes with the manager, as it is."""
    definition = BUILTIN_FILE.read_text(encoding="utf-8").strip()
    return page("# What is known of the application\n", _OPENING, f"```toml\n{definition}\n```\n")
