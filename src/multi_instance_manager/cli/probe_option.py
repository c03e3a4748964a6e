"""`--probe`: how closely commands check instances."""

from __future__ import annotations

import click

probe_option = click.option(
    "--probe",
    type=click.Choice(("outside", "deep")),
    default="outside",
    show_default=True,
    help="`deep` also sends a real request to each instance that looks ready. It costs the login "
    "one request.",
)
