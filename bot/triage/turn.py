"""One turn of the interview, without any dialogue framework: the report and a message in, what to say next out."""

from __future__ import annotations

from typing import Literal

import msgspec

from bot.knowledge.levels import Level
from bot.knowledge.model import Pack
from bot.triage.answers import agrees, with_answer
from bot.triage.assess import Assessment, assess
from bot.triage.interview import Ask, Option, next_question
from bot.triage.lists import TRIES, Heard
from bot.triage.report import Change, SymptomReport, changes, reopened, with_reading
from bot.understanding.reading import Reading

Say = Literal["ask", "ask_again", "assess", "stands", "unclear", "no_consent", "nothing_now"]

# Why a question is put again: it was not understood; which sign of several is it; a no came with something that was not read;
# something else was told and noted.
Lead = Literal["again", "which", "more", "noted"]
_LEADS: dict[Heard, Lead] = {"which": "which", "more": "more", "noted": "noted"}

# The question whether something that was asked about in general is there now.
NOW = "now"


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What to say after a message.

    ask           put `ask`                      ask_again   put `ask` once more; `lead` says why
    assess        give `assessment`
    stands        say that `assessment`, an emergency, stands: it was said before, and nothing was told that adds to it
    unclear       the message was not understood: the safe fallback, then `ask`
    no_consent    the patient does not want to be asked: nothing is kept
    nothing_now   the patient asked about something in general and does not have it
    """

    say: Say
    report: SymptomReport
    assessment: Assessment
    ask: Ask | None = None
    lead: Lead | None = None
    changed: tuple[Change, ...] = ()


def take(report: SymptomReport, pending: Ask | None, reading: Reading, pack: Pack, *, ask_consent: bool = False) -> Turn:
    """Take a message into the report and decide what comes next. An emergency is answered at once, before any question."""
    if pending is not None and pending.kind == "consent":
        return _consented(report, pending, reading, pack)
    if reading.retracts and not reading.mentions and not reading.conditions and reopened(report).findings != report.findings:
        return _retracted(report, pack)
    heard: Heard = "answer"
    if pending is not None:
        answered = with_answer(report, pending, reading, pack)
        after, heard = answered.report, answered.heard
    else:
        after = with_reading(report, reading, pack)
        if after == report and not reading.mentions:
            after, heard = msgspec.structs.replace(after, unclear=after.unclear + 1), "nothing"
    assessment = assess(after, pack)
    if assessment.level is Level.EMERGENCY:
        return _urgent(report, after, assessment, pack)
    changed = changes(report, after)
    if heard == "noted" and pending is not None:
        return _noted(after, pending, pack, changed)
    if heard != "answer" and pending is not None and pending.id not in after.closed:
        lead = _LEADS.get(heard, "again")
        return Turn(say="ask_again", report=_asked(after, pending), assessment=assessment, ask=pending, lead=lead)
    if pending is not None and pending.id == NOW and heard == "answer" and not after.findings_with("present", "unsure", "past"):
        return Turn(say="nothing_now", report=after, assessment=assessment)
    if ask_consent and after.consent is None:
        return Turn(say="ask", report=after, assessment=assessment, ask=_consent_question(pack))
    gone = after.findings_with("past")
    if pending is None and gone and not after.counted:
        return check_now(after, gone, pack)
    turn = _next(after, pack, assessment, "ask" if heard == "answer" or pending is not None else "unclear")
    return msgspec.structs.replace(turn, changed=changed)


def _retracted(report: SymptomReport, pack: Pack) -> Turn:
    """An earlier no was taken back: what was denied is asked for again, the most dangerous first."""
    if report.reached is Level.EMERGENCY:
        return proceed(report, pack)
    turn = proceed(reopened(report), pack)
    return msgspec.structs.replace(turn, say="ask_again", lead="noted") if turn.ask is not None else turn


def _noted(report: SymptomReport, pending: Ask, pack: Pack, changed: tuple[Change, ...]) -> Turn:
    """After something else than an answer: it is kept, and what was asked for is asked again. That is no failed try."""
    last = len(report.asked) - 1 - report.asked[::-1].index(pending.id)
    untried = msgspec.structs.replace(report, asked=report.asked[:last] + report.asked[last + 1 :])
    again = _next(untried, pack, assess(report, pack), "ask")
    if again.ask is not None and again.ask.id == pending.id:
        again = msgspec.structs.replace(again, say="ask_again", lead="noted")
    return msgspec.structs.replace(again, changed=changed)


def _consent_question(pack: Pack) -> Ask:
    question = next(question for question in pack.questions if question.kind == "consent")
    return Ask(id=question.id, kind="consent", answers="yes_no", text=question.ask, why=question.why)


def _consented(report: SymptomReport, pending: Ask, reading: Reading, pack: Pack) -> Turn:
    """The reply to the consent question. What it says of symptoms is taken in; an emergency needs no consent."""
    after = with_reading(report, reading, pack)
    assessment = assess(after, pack)
    if assessment.level is Level.EMERGENCY:
        return _urgent(report, after, assessment, pack)
    if reading.answer != "no" and (agrees(reading) or after != report):
        return proceed(msgspec.structs.replace(after, consent=True, asked=()), pack)
    again = _asked(report, pending)
    if reading.answer == "no" or again.asked.count(pending.id) >= TRIES:
        return Turn(say="no_consent", report=SymptomReport(), assessment=assessment)
    return Turn(say="ask_again", report=again, assessment=assessment, ask=pending)


def check_now(report: SymptomReport, concepts: list[str], pack: Pack) -> Turn:
    """Ask whether the patient has any of `concepts` now: they were asked about in general, or told as gone."""
    question = next(question for question in pack.questions if question.kind == "symptoms")
    single = len(concepts) == 1
    ask = Ask(
        id=NOW,
        kind="symptoms",
        answers="yes_no" if single else "choice",
        text=pack.concepts[concepts[0]].ask if single else question.ask,
        why=question.why,
        options=tuple(Option(title=pack.concepts[concept].option, concept=concept) for concept in concepts),
    )
    return Turn(say="ask", report=_asked(report, ask), assessment=assess(report, pack), ask=ask)


def proceed(report: SymptomReport, pack: Pack) -> Turn:
    """What comes next when nothing new was said: after a digression, or when the patient wants no more questions."""
    if report.reached is Level.EMERGENCY:
        return _urgent(report, report, assess(report, pack), pack)
    return _next(report, pack, assess(report, pack), "ask")


def _next(report: SymptomReport, pack: Pack, assessment: Assessment, say: Say) -> Turn:
    ask = None if assessment.level is Level.EMERGENCY else next_question(report, pack)
    if ask is None:
        return _assessed(report, assessment)
    return Turn(say=say, report=_asked(report, ask), assessment=assessment, ask=ask)


def _urgent(before: SymptomReport, after: SymptomReport, assessment: Assessment, pack: Pack) -> Turn:
    """The emergency answer in full; that it stands, when it was said before and has no reason now that it had not then."""
    turn = _assessed(after, assessment)
    if before.reached is not Level.EMERGENCY or _urgent_reasons(assessment) - _urgent_reasons(assess(before, pack)):
        return turn
    return msgspec.structs.replace(turn, say="stands")


def _urgent_reasons(assessment: Assessment) -> set[str]:
    """What was told, and the rules that make it an emergency."""
    return {*assessment.concepts, *(reason.rule for reason in assessment.reasons if reason.level is Level.EMERGENCY)}


def _assessed(report: SymptomReport, assessment: Assessment) -> Turn:
    reached = msgspec.structs.replace(report, reached=assessment.level)
    return Turn(say="assess", report=reached, assessment=assessment)


def _asked(report: SymptomReport, ask: Ask) -> SymptomReport:
    return msgspec.structs.replace(report, asked=(*report.asked, ask.id))
