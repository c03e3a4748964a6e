"""What the person asked for: options, variables and defaults, resolved into one frozen object.

Flag beats variable beats configuration file beats default. Every problem comes back at once, with
the name of the flag, variable or key of the file that it belongs to.
"""

from multi_instance_manager.settings.model import (
    ImageChoice,
    Isolation,
    Limits,
    Output,
    Patience,
    Settings,
)
from multi_instance_manager.settings.options import OPTIONS, Option
from multi_instance_manager.settings.reading import Given
from multi_instance_manager.settings.resolve import resolve_settings

__all__ = [
    "OPTIONS",
    "Given",
    "ImageChoice",
    "Isolation",
    "Limits",
    "Option",
    "Output",
    "Patience",
    "Settings",
    "resolve_settings",
]
