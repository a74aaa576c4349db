"""Replies to a list of warning signs: which are chosen, which are denied, and what has to be asked again.

To name a sign of the list is to choose it, with or without a "yes", unless the words deny exactly that sign. A sign leaves
the list only by a plain no, or by a denial that names it alone. Whatever is added to a no ("no, but ...") and cannot be
read is asked for, not passed over. A doubt counts as yes; and after a yes that names no sign, so does whatever is no plain no.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from bot.knowledge.model import Pack
from bot.triage.interview import Ask
from bot.triage.report import Finding, FindingStatus, Said, SymptomReport, with_condition, with_finding
from bot.understanding.reading import Mention, Reading, YesNo

TRIES = 2

# answer: the reply settles something; which: a yes to several, which of them?; more: a no, and something that was not read;
# noted: it tells something else; nothing: it could not be read.
Heard = Literal["answer", "which", "more", "noted", "nothing"]


class Answered(msgspec.Struct, frozen=True):
    """The report after a reply, and how the reply was heard."""

    report: SymptomReport
    heard: Heard = "answer"

    @property
    def understood(self) -> bool:
        """Whether the question need not be put again."""
        return self.heard == "answer"


def with_list(
    before: SymptomReport, told: SymptomReport, ask: Ask, reading: Reading, answer: YesNo | None, pack: Pack
) -> Answered:
    """The report after a reply to a list. `told` is `before` with all that the reply says anyway; `answer` its yes or no."""
    chosen = list(_chosen(ask, reading, answer))
    for mention in chosen:
        told = _with_chosen(told, mention, reading, pack)
    conditions = set(ask.conditions) & set(reading.conditions)
    if chosen or conditions:
        return Answered(told)
    last = before.asked.count(ask.id) >= TRIES
    if answer == "no":
        return _denied(before, told, ask, reading, last, pack)
    if answer == "yes":
        if len(ask.options) > 1 and not last and ask.id not in before.affirmed:
            return Answered(msgspec.structs.replace(told, affirmed=(*told.affirmed, ask.id)), "which")
        status: tuple[FindingStatus, Said] = ("present", "yes") if len(ask.options) == 1 else ("unsure", "unsure")
        return Answered(_all_options(told, ask, pack, *status, "" if len(ask.options) == 1 else reading.text))
    if answer == "unsure" or ask.id in before.affirmed:
        return Answered(_all_options(told, ask, pack, "unsure", "unsure", reading.text))
    if any(mention.concept in ask.concepts and mention.status in ("absent", "past") for mention in reading.mentions):
        # Beside words that were not read a denial names its sign not alone, and clears nothing.
        return Answered(_not_cleared(before, told, ask), "more") if reading.more and not last else Answered(given_up(told, ask))
    return Answered(told, "noted") if told != before else Answered(told, "nothing")


def _chosen(ask: Ask, reading: Reading, answer: YesNo | None) -> Iterator[Mention]:
    """The mentions that choose a sign of the list, a sign once."""
    # Without a plain no, little evidence is enough for what was just asked for.
    plain_no = answer == "no" and not reading.contrast
    seen: set[str] = set()
    faint_too = not (plain_no or reading.to_all or reading.adds)
    for mention in (*reading.mentions, *reading.faint) if faint_too else reading.mentions:
        if mention.concept in ask.concepts and mention.concept not in seen and _chooses(mention, reading, plain_no):
            seen.add(mention.concept)
            yield mention


def _chooses(mention: Mention, reading: Reading, plain_no: bool) -> bool:
    if mention.status == "absent":
        return not mention.cleared
    if mention.status == "possible":
        return mention.denial != "denied" and not reading.wonders
    if mention.status == "past":
        return mention.denial != "denied" and (reading.more or reading.contrast) and not plain_no
    return True


def _with_chosen(report: SymptomReport, mention: Mention, reading: Reading, pack: Pack) -> SymptomReport:
    known = report.findings.get(mention.concept)
    if known is not None and known.status == "present":
        return report
    finding = Finding(status="present", words=mention.text, side=mention.side, severity=mention.severity)
    return with_finding(report, mention.concept, finding, pack)


def _not_cleared(before: SymptomReport, told: SymptomReport, ask: Ask) -> SymptomReport:
    """What was told, without the denials of signs of the list."""
    denied = {c for c in ask.concepts if c in told.findings and told.findings[c].status == "absent"} - before.findings.keys()
    return msgspec.structs.replace(told, findings={c: f for c, f in told.findings.items() if c not in denied})


def _denied(before: SymptomReport, report: SymptomReport, ask: Ask, reading: Reading, last: bool, pack: Pack) -> Answered:
    """After a no: to all of the list, or to the sign alone that it names; or with something beside it that was not read."""
    if reading.more and (reading.contrast or (len(ask.options) > 1 and not last)):
        open_still = _not_cleared(before, report, ask)
        return Answered(given_up(open_still, ask) if last else open_still, "more")
    named = any(mention.concept in ask.concepts and mention.cleared for mention in reading.mentions)
    if named and not reading.to_all:
        return Answered(given_up(report, ask))
    return Answered(_all_options(report, ask, pack, "absent", "no", ""))


def given_up(report: SymptomReport, ask: Ask) -> SymptomReport:
    """Stop asking after `TRIES`; a list that stays open is remembered as unanswered."""
    if report.asked.count(ask.id) < TRIES:
        return report
    return msgspec.structs.replace(closed(report, ask), unanswered=(*report.unanswered, ask.id))


def closed(report: SymptomReport, ask: Ask) -> SymptomReport:
    """The report with a question that is not put again."""
    return msgspec.structs.replace(report, closed=(*report.closed, ask.id))


def _all_options(report: SymptomReport, ask: Ask, pack: Pack, status: FindingStatus, said: Said, words: str) -> SymptomReport:
    for option in ask.options:
        if option.concept and (option.concept not in report.findings or status != "absent"):
            report = with_finding(report, option.concept, Finding(status=status, words=words or option.title), pack)
        if option.condition:
            report = with_condition(report, option.condition, said)
    return report
