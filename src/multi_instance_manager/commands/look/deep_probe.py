"""Asks instances a real question, where a person wants that. It costs each login a request."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.commands.look.instance_status import diagnosis_of
from multi_instance_manager.commands.look.vital_signs import seen_members
from multi_instance_manager.commands.survey.engine_sides import EngineSides
from multi_instance_manager.commands.survey.expectations import key_of
from multi_instance_manager.errors import UsageProblems
from multi_instance_manager.fan_out import begin
from multi_instance_manager.http.probes import Question, ask_each
from multi_instance_manager.text.printable import printable
from multi_instance_manager.vitals.signs import Trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multi_instance_manager.application.definition import RealQuestion
    from multi_instance_manager.commands.look.instance_status import Seen
    from multi_instance_manager.commands.survey.members import Member
    from multi_instance_manager.commands.survey.survey import Survey
    from multi_instance_manager.engine.protocol.engine import Reader
    from multi_instance_manager.settings.model import Settings

_WITHIN_S = 60.0


def question_of(settings: Settings) -> RealQuestion:
    """The question; raises `UsageProblems` where the application's definition has none."""
    found = settings.application.question
    if found is None:
        name = printable(settings.application.name)
        fact = f"the definition of {name} has no real question"
        step = "add a table [application.question] to the configuration file"
        raise UsageProblems([f"--probe deep: {fact}; {step}"])
    return found


def deeply_seen(seen: Survey, reader: Reader, members: Sequence[Member]) -> list[Seen]:
    """What `seen_members` reads; those that say ready are asked, and then read once more.

    What a request shows is in the log only after it, so the second look has the last word. One
    that its log speaks against is asked, too: what it said of an earlier request may be over.
    """
    question = question_of(seen.settings)
    looks = seen_members(seen, reader, members)
    asked = [one for one in looks if one.address and is_to_be_asked(one)]
    afresh = replace(seen, sides=EngineSides())
    trials = begin(lambda one: _trial(seen, one, question), asked, at_once=len(asked) or 1)()
    again = seen_members(afresh, reader, [one.member for one in asked])
    tried = {
        one.member.profile_name: replace(one, reading=replace(one.reading, trial=trial))
        for one, trial in zip(again, trials, strict=True)
    }
    return [tried.get(one.member.profile_name, one) for one in looks]


def is_to_be_asked(look: Seen) -> bool:
    """Whether it looks ready, or only what its log said of an earlier request speaks against it."""
    health = look.reading.http.health
    found = diagnosis_of(look)
    says_ready = health is not None and health.status == look.application.readiness.status
    by_its_log = says_ready and not found.is_loop and any(one.is_foreign for one in found.evidence)
    return found.verdict is Verdict.READY or by_its_log


def _trial(seen: Survey, look: Seen, question: RealQuestion) -> Trial:
    member, address = look.member, look.address
    if member.container is None or address is None:
        raise TypeError("only what runs can be asked")
    key = key_of(seen, member.container_name, member.container)
    url, body = f"{address.api_url}{question.path}", question.body.encode()
    began_at, began = time.time(), time.monotonic()
    answer = ask_each([Question(url, question.within_s or _WITHIN_S, key, body=body)])[0].answer
    is_answered = answer.status in question.answered_with
    return Trial(question.path, answer, is_answered, time.monotonic() - began, began_at)
