"""`--probe`: how closely the commands that look at instances look."""

from __future__ import annotations

import click

probe_option = click.option(
    "--probe",
    type=click.Choice(("outside", "deep")),
    default="outside",
    show_default=True,
    help="`deep` asks each instance that looks ready a real question: a request of its login.",
)
