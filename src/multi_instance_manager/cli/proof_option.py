"""`--proof`: show each check of the proofs, not only their result."""

from __future__ import annotations

import click

proof_option = click.option(
    "--proof",
    "shows_checks",
    is_flag=True,
    help="Also show each check of every proof. Without, only of those that did not pass.",
)
