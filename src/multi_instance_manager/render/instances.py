"""What became of instances, as text: the rows and remarks of all commands that change them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from multi_instance_manager.execute.outcome import InstanceState
from multi_instance_manager.render.proofs import proof_word
from multi_instance_manager.render.tables import Sheet, with_column
from multi_instance_manager.reports.last_save import last_save_cell
from multi_instance_manager.text.amounts import span_text
from multi_instance_manager.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from multi_instance_manager.reports.change import ChangedInstance
    from multi_instance_manager.reports.up import LaunchedInstance

    Instance = ChangedInstance | LaunchedInstance

_COLUMNS = ("PROFILE", "CONTAINER", "API URL", "STREAM PORT", "STATE", "PROOF")
_SPARE = ("CONTAINER", "STREAM PORT")


def remarks_on(one: Instance) -> Iterator[str]:
    """What is to be said of it on the way: what went wrong, its last log lines, and the notes."""
    if one.problem:
        step = f"; {one.next_step}" if one.next_step else ""
        yield f"{one.state}: profile {printable(one.profile)}: {printable(one.problem + step)}"
    if one.log_tail:
        yield "  its last log lines:"
        yield from (f"  | {printable(line)}" for line in one.log_tail)
    if one.log_file:
        yield f"  kept in {one.log_file}"
    yield from (f"{one.container}: {printable(note)}" for note in one.notes)


def closing_text(message: str, elapsed_s: float | None) -> str:
    """Return the closing line with the duration of the work."""
    if elapsed_s is None:
        return printable(message)
    return f"{printable(message)} in {span_text(max(1, round(elapsed_s)))}"


def launch_sheet(instances: Sequence[Instance]) -> Sheet:
    """How each instance serves, and its proof."""
    return with_last_saves(Sheet(_COLUMNS, tuple(map(_launch_row, instances)), _SPARE), instances)


def with_last_saves(sheet: Sheet, instances: Sequence[Instance]) -> Sheet:
    """The sheet with what became of the last saves, where one was stopped."""
    saves = [last_save_cell(one.last_save, one.unsaved_reason) for one in instances]
    return with_column(sheet, "LAST SAVE", saves)


def _launch_row(one: Instance) -> tuple[str, ...]:
    return (
        printable(one.profile),
        one.container,
        one.api_url or "-",
        str(one.stream_port or "-"),
        _state_words(one),
        proof_word(one.proof) if one.proof else _proven_before(one.proven_at),
    )


def _state_words(one: Instance) -> str:
    """The state; where an instance failed and its condition is known, with the word for it."""
    is_told = one.state == InstanceState.FAILED and one.condition is not None
    return f"{one.state}: {one.condition}" if is_told else one.state


def _proven_before(proven_at: datetime | str | None) -> str:
    """That an earlier run has proven it; a launch says when."""
    if proven_at is None:
        return "-"
    if isinstance(proven_at, str):
        return "proven before"
    moment = proven_at.astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    return f"proven {moment:%H:%M}" if today else f"proven {moment:%Y-%m-%d}"
