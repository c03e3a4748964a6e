"""Says why an instance is in the state that it is in. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from multi_instance_manager.commands.look.instance_facts import Gatherer, member_of
from multi_instance_manager.commands.survey.gather import survey
from multi_instance_manager.commands.survey.known_secrets import redactor_of
from multi_instance_manager.commands.survey.reach import refuse_out_of_reach
from multi_instance_manager.reports.explain import ExplainReport, explain_report

if TYPE_CHECKING:
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.commands.survey.request import Request


class Explained(msgspec.Struct, frozen=True):
    """The report, and what it was made from, for whoever keeps it."""

    report: ExplainReport
    member: Member
    gatherer: Gatherer


def explain_instance(request: Request, profile_name: str) -> ExplainReport:
    """Say why the profile's instance is in its state; raises `UsageProblems`, `Refused`."""
    return explained(request, profile_name).report


def explained(request: Request, profile_name: str, *, is_for_others: bool = False) -> Explained:
    """Gather all facts, and give the verdict; raises `UsageProblems`, `Refused`.

    ``is_for_others``: no value of a variable is shown, however harmless it looks.
    """
    seen = survey(request)
    if seen.engine.is_elsewhere:
        refuse_out_of_reach(seen)
    member = member_of(seen, profile_name)
    redactor = redactor_of(seen, seen.facts.host, every_variable=is_for_others)
    gatherer = Gatherer(seen, request, redactor)
    facts = gatherer.facts_of(member)
    return Explained(explain_report(facts), member, gatherer)
