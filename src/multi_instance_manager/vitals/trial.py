"""What a real question shows, if one was asked. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multi_instance_manager.application.verdict import Verdict
from multi_instance_manager.text.amounts import span_text
from multi_instance_manager.vitals.resting import LOGS, RESTART
from multi_instance_manager.vitals.rule_finding import Diagnosis, Evidence

if TYPE_CHECKING:
    from multi_instance_manager.application.definition import Application
    from multi_instance_manager.vitals.signs import Signs, Trial


def question_unanswered(signs: Signs, _: Application) -> Diagnosis | None:
    """It reports ready, but does not do its work."""
    trial = signs.trial
    if trial is None or trial.is_answered:
        return None
    verdict = Verdict.STALLED if trial.answer.status is None else Verdict.NOT_READY
    return Diagnosis(verdict, trial_evidence(signs), (LOGS, RESTART))


def refutes(trial: Trial | None, said_at: float) -> bool:
    """Whether a real question was answered that was asked after its log had said something.

    Podman writes moments in whole seconds: a line of the question's own second may be a later one.
    """
    if trial is None or not trial.is_answered:
        return False
    return said_at < trial.began_at and said_at != int(trial.began_at)


def trial_evidence(signs: Signs) -> tuple[Evidence, ...]:
    """Return the answer to the question as evidence, or nothing."""
    trial = signs.trial
    if trial is None:
        return ()
    said = f"a real question to {trial.path} {trial.answer.said}"
    return (Evidence("question", f"{said}, after {span_text(trial.seconds)}"),)
