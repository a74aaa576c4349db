"""Composes every text about a symptom.

The order is that of the frame: action and time, reason, warning signs, contact, fixed sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from bot.knowledge.levels import Level
from bot.knowledge.load import cached_pack
from bot.knowledge.model import Concept, Pack, SourceRef, Topic
from bot.settings import Clinic, clinic
from bot.triage.assess import Assessment
from bot.triage.crisis import Cry, cries
from bot.triage.interview import Ask, Option
from bot.triage.report import Change, SymptomReport
from bot.triage.turn import Lead
from bot.understanding.language_data import ENGLISH
from bot.wording import crisis
from bot.wording.other_language import OTHER_LANGUAGE, InLanguage
from bot.wording.reply import Button, Reply
from bot.wording.summary import change_text, summary, timeline
from bot.wording.texts import LevelTexts, Texts, load_texts, names

MAX_REASONS = 3
MAX_SELF_CARE = 3
MAX_QUOTE = 160
# The fallbacks of one whose account is not known: it may have been urgent.
WITHOUT_ACCOUNT = ("lost", "away")
# More than this in one sentence is hard to read.
MAX_IN_SENTENCE = 1


class Speaker:
    """Says things for one clinic in one language. Every method returns whole replies, framed where the frame is due."""

    def __init__(self, pack: Pack, clinic: Clinic, language: str = "en") -> None:
        self.pack = pack
        self.texts: Texts = load_texts(language)
        self.names = names(clinic, pack, self.texts)

    def fill(self, text: str, **more: str) -> str:
        """A text with the clinic's names filled in."""
        return text.format(**self.names, **more)

    def level(self, level: Level) -> LevelTexts:
        """The texts of a level."""
        texts: LevelTexts = getattr(self.texts.levels, level.value)
        return texts

    # -- the parts of the frame ------------------------------------------------------------------------------------

    def warning_signs(self, heading: str | None = None) -> str:
        """The red flags as a list, with the sentence for those who are worried all the same."""
        heading = self.fill(heading or self.texts.assessment.urgent_heading)
        return _bullets(heading, [flag.text for flag in self.pack.red_flags]) + "\n\n" + self.texts.worried

    def contact(self, with_advice: bool = True) -> str:
        """How to reach the clinic, and the emergency number."""
        contact = self.texts.contact
        parts = [contact.clinic, *([contact.closed] if with_advice else []), contact.emergency]
        return " ".join(self.fill(part) for part in parts)

    def framed(self, action: str, reason: str, *, emergency: bool = False, extra: str = "") -> str:
        """A text in the order of the frame. `extra` stands between the reason and the warning signs."""
        heading = self.texts.assessment.emergency_heading if emergency else None
        parts = [action, reason, extra, self.warning_signs(heading), self.contact(not emergency), self.texts.fixed]
        return "\n\n".join(part for part in parts if part)

    # -- replies to a report ---------------------------------------------------------------------------------------

    def assessment(
        self, report: SymptomReport, assessment: Assessment, changed: tuple[Change, ...] = (), language: str | None = None
    ) -> Reply:
        """The result, with the machine-readable assessment. `changed` is confirmed before the reason; an emergency is said in
        the `language` in which it was told. A cry for help is answered first and in its own way."""
        told = cries((reason.rule for reason in assessment.reasons), self.pack)
        if language is not None and assessment.level is Level.EMERGENCY:
            said = self.in_language(language)
            part = self._assessment_part(report, assessment, action=said.action)
            text = said.emergency([cry.kind for cry in told], beside=bool(assessment.concepts))
            return Reply(text=text, custom={**part, "language": language})
        if told:
            return self._crisis(told, report, assessment)
        texts = self.level(assessment.level)
        action = self.fill(texts.action)
        if texts.also:
            action += "\n" + self.fill(texts.also)
        text = self.framed(
            action,
            "\n".join([*(change_text(each, self.texts) for each in changed), self._reason(report, assessment)]),
            emergency=assessment.level is Level.EMERGENCY,
            extra=self._self_care(assessment),
        )
        return Reply(text=text, custom=self._assessment_part(report, assessment, action=self.fill(texts.action)))

    def _crisis(self, told: tuple[Cry, ...], report: SymptomReport, assessment: Assessment) -> Reply:
        """The answer to a cry for help; what was told beside it comes after."""
        texts = self.texts.crisis
        action = crisis.action(told, texts, self.fill, self.emergency_first(assessment.concepts))
        parts = [action, crisis.reason(told, texts), self._beside(report, assessment), self.contact(False), self.texts.fixed]
        text = "\n\n".join(part for part in parts if part)
        return Reply(text=text, custom=self._assessment_part(report, assessment, action=action))

    def emergency_first(self, concepts: Iterable[str]) -> str:
        """The action of an emergency where one of these concepts is one by itself: it goes before that of a cry for help."""
        urgent = any(self.pack.concepts[concept].level is Level.EMERGENCY for concept in concepts)
        return self.fill(self.level(Level.EMERGENCY).action) if urgent else ""

    def _beside(self, report: SymptomReport, assessment: Assessment) -> str:
        """What was told beside a cry for help, and how soon that needs help; empty when it was the cry alone."""
        if not assessment.concepts:
            return ""
        urgent = any(reason.level is Level.EMERGENCY and reason.concepts for reason in assessment.reasons)
        texts = self.texts.crisis
        told = self._told(report, [self.pack.concepts[concept] for concept in assessment.concepts])
        return f"{told}\n{self.fill(texts.also_emergency if urgent else texts.also)}"

    def _assessment_part(self, report: SymptomReport, assessment: Assessment, *, action: str) -> dict[str, Any]:
        return {
            "type": "assessment",
            "level": assessment.level.value,
            "title": self.level(assessment.level).title,
            "concepts": list(assessment.concepts),
            "reasons": [
                {"rule": r.rule, "concepts": list(r.concepts), "source": self.cited(r.sources)} for r in assessment.reasons
            ],
            "knowledge": {"pack": self.pack.id, "version": self.pack.version},
            "timeline": timeline(report, assessment, self.pack),
            "summary": summary(report, assessment, self.pack, self.texts, action),
        }

    def _reason(self, report: SymptomReport, assessment: Assessment) -> str:
        """What was told, in the patient's own words where there are any; why that is urgent; and what was in doubt."""
        concepts = [self.pack.concepts[concept] for concept in assessment.concepts]
        back = [concept for concept in concepts if report.findings[concept.id].taken_back]
        sure = [concept for concept in concepts if report.findings[concept.id].status == "present" and concept not in back]
        unsure = [concept.label for concept in concepts if concept not in (*sure, *back)]
        unsure += [self.pack.conditions[c].option for c, said in report.conditions.items() if said == "unsure"]
        quotes = [_quote(report.findings[concept.id].words, concept) for concept in sure]
        said = [self.texts.assessment.said.format(words=quote) for quote in dict.fromkeys(quotes) if quote]
        top = [reason.because for reason in assessment.reasons if reason.level is assessment.level and reason.because]
        because = list(dict.fromkeys(top))[:MAX_REASONS] or [self.level(assessment.level).reason]
        if concepts and not any(reason.level is assessment.level for reason in assessment.reasons):
            because = [self.texts.standing.kept]  # the level was said before, and what made it is no longer told
        parts = [
            " ".join([*said[:MAX_REASONS], *([self._told(report, sure)] if sure or not (unsure or back) else [])]),
            self.taken_back(back[:MAX_REASONS]),
            " ".join(because),
            _bullets(self.texts.assessment.unsure, unsure) if unsure else "",
        ]
        return "\n".join(part for part in parts if part)

    def _told(self, report: SymptomReport, concepts: list[Concept]) -> str:
        """The concepts that were told, in one sentence or, when they are many, as a list."""
        texts = self.texts.assessment
        other = report.patient == "other"
        if not concepts:
            gone = [self.pack.concepts[c].label for c, finding in report.findings.items() if finding.status == "past"]
            return _bullets(texts.gone, gone) if gone else texts.nothing
        if len(concepts) > MAX_IN_SENTENCE:
            labels = [concept.label for concept in concepts]
            return _bullets(texts.told_for_other_many if other else texts.told_many, labels)
        return (texts.told_for_other if other else texts.told).format(labels=self.labels(concepts))

    def taken_back(self, concepts: list[Concept]) -> str:
        """That these were told, and count although they were taken back; nothing for none."""
        told = [self.texts.standing.earlier.format(labels=concept.label) for concept in concepts]
        return " ".join([*told, self.texts.standing.kept_sign]) if told else ""

    def _self_care(self, assessment: Assessment) -> str:
        """Verified self-care for the concepts told; in an emergency only what helps until help comes."""
        emergency = assessment.level is Level.EMERGENCY
        concepts = [self.pack.concepts[concept] for concept in assessment.concepts]
        if emergency:
            concepts = [concept for concept in concepts if concept.level is Level.EMERGENCY]
        advice = [each.text for concept in concepts for each in concept.self_care if any(s.verified for s in each.sources)]
        texts = self.texts.assessment
        heading = texts.until_help_heading if emergency else texts.until_heading
        return _bullets(heading, list(dict.fromkeys(advice))[:MAX_SELF_CARE]) if advice else ""

    def labels(self, concepts: list[Concept]) -> str:
        """The concepts in the patient's words: "a drooping upper eyelid and double vision"."""
        return self.texts.listed([concept.label for concept in concepts])

    def hypothetical(self, concepts: list[Concept]) -> Reply:
        """An answer to "could I get ...?" about something that the patient does not have."""
        texts = self.texts.hypothetical
        shown = sorted(concepts, key=lambda concept: -concept.level.rank)[:MAX_REASONS]
        opening = texts.opening.format(labels=self.labels(shown))
        soon = [texts.when.format(label=concept.label, when=self.level(concept.level).when) for concept in shown]
        text = self.framed(self.fill(self.texts.topic.action), f"{opening} {_bullets(texts.if_it_happens, soon)}")
        level = self.level(shown[0].level).title
        return Reply(text=text, custom={"type": "answer", "topic": "hypothetical", "level_if_present": level})

    def other_language(self, language: str | None) -> Reply:
        """The reply to a message in another language that tells no emergency that could be heard."""
        text = self.in_language(language).general()
        return Reply(text=text, custom={"type": "fallback", "reason": OTHER_LANGUAGE, "language": language or ENGLISH})

    def in_language(self, language: str | None) -> InLanguage:
        """What can be said in another language."""
        return InLanguage(language, self.pack, self.names)

    # -- questions ---------------------------------------------------------------------------------------------------

    def question(self, ask: Ask, *, first: bool = False, lead: Lead | None = None, changed: tuple[Change, ...] = ()) -> Reply:
        """A question with its quick replies and the machine-readable part. `lead` says why it is put again."""
        texts = self.texts.questions
        before = [change_text(each, self.texts) for each in changed]
        if first:
            before.append(f"{texts.first} {self.fill(texts.safety)}")
        elif lead is not None:
            before.append(getattr(texts, lead))
        options = self._options(ask)
        return Reply(
            text="\n\n".join([*before, self.fill(ask.text, **self._asked_side(ask))]),
            buttons=tuple(Button(option["title"], option["payload"]) for option in options),
            custom={
                "type": "question",
                "id": ask.kind,
                "concepts": list(dict.fromkeys((*ask.concepts, *([ask.about] if ask.about else [])))),
                "answers": ask.answers,
                "options": options,
                "condition": ask.conditions[0] if len(ask.conditions) == 1 else None,
            },
        )

    def _asked_side(self, ask: Ask) -> dict[str, str]:
        """The name of the side that a question asks for."""
        return {"side": self.texts.answers[ask.side].lower()} if ask.side else {}

    def _options(self, ask: Ask) -> list[dict[str, Any]]:
        lists = self.texts.lists
        if ask.answers == "yes_no":
            concept = ask.concepts[0] if ask.concepts else None
            titles = [(lists.yes, concept, False), (lists.no, None, True), (lists.not_sure, None, False)]
        else:
            titles = [(self.option_title(option), option.concept, False) for option in ask.options]
            if ask.options and not _plain(ask):
                titles.append((lists.none, None, True))
        return [{"title": title, "payload": title, "concept": concept, "none": none} for title, concept, none in titles]

    def option_title(self, option: Option) -> str:
        """What an option is called on its button."""
        return self.texts.answers.get(option.value, option.title) if option.value else option.title

    def titled(self, ask: Ask) -> Ask:
        """The question with the titles of this language on its options, as the patient will send them back."""
        return msgspec.structs.replace(
            ask, options=tuple(msgspec.structs.replace(option, title=self.option_title(option)) for option in ask.options)
        )

    # -- other replies -----------------------------------------------------------------------------------------------

    def topic(self, topic: Topic | None) -> Reply:
        """The sourced answer to a general question or a myth; without a topic, that it is not known."""
        texts = self.texts.topic
        reason = self.topic_answer(topic) if topic else texts.unknown
        text = "\n\n".join([reason, self.fill(texts.action), self.warning_signs(), self.contact(), self.texts.fixed])
        return Reply(text=text, custom={"type": "answer", "topic": topic.id if topic else None})

    def topic_answer(self, topic: Topic) -> str:
        """What the knowledge says to a topic, and its source."""
        texts = self.texts.topic
        verdict = getattr(texts, f"myth_{topic.verdict}") + " " if topic.verdict else ""
        return f"{verdict}{topic.answer}\n\n{texts.source.format(sources=self.cited(topic.sources))}"

    def fallback(self, kind: str) -> Reply:
        """The safe reply when a message cannot be read or something failed. `kind` is a key of `fallback` in the texts."""
        texts = self.texts.fallback
        action = texts.action_unknown if kind in WITHOUT_ACCOUNT else texts.action
        text = self.framed(self.fill(action), self.fill(getattr(texts, kind)))
        return Reply(text=text, custom={"type": "fallback", "reason": kind})

    def why(self, ask: Ask | None) -> Reply:
        """Why the open question is asked."""
        texts = self.texts.questions
        return Reply(text=texts.why.format(why=ask.why) if ask else texts.why_all, custom={"type": "info", "id": "why"})

    def plain(self, key: str) -> Reply:
        """A text about the conversation itself: greeting, bot, out_of_scope, human, start_over, deleted, ..."""
        return Reply(text=self.fill(self.texts.plain[key]), custom={"type": "info", "id": key})

    def goodbye(self, level: Level | None) -> Reply:
        """Goodbye; after an assessment with the action of its level, which still stands."""
        text = self.fill(self.texts.plain["goodbye"])
        if level is not None:
            action = self.fill(self.level(level).action)
            text = f"{self.texts.plain['goodbye_level'].format(action=action)}\n\n{text}\n\n{self.texts.fixed}"
        return Reply(text=text, custom={"type": "info", "id": "goodbye"})

    def cited(self, sources: tuple[SourceRef, ...]) -> str:
        """The sources as one line: title and section, unverified ones marked."""
        cited = []
        for ref in sources:
            title = self.pack.sources[ref.source].title
            section = f", {ref.section}" if ref.section else ""
            cited.append(f"{title}{section}{'' if ref.verified else ' (to be verified)'}")
        return "; ".join(cited)


def _plain(ask: Ask) -> bool:
    """Whether the options are the answers themselves (left, right, both) and not a list of signs."""
    return any(option.value for option in ask.options)


def _bullets(heading: str, items: list[str]) -> str:
    return "\n".join([heading, *(f"- {item}" for item in items)])


def _quote(words: str, concept: Concept) -> str:
    """The patient's words, short enough to quote; nothing when they are only the button of the concept."""
    words = " ".join(words.split()).replace("“", "'").replace("”", "'")
    if not words or words.casefold() == concept.option.casefold():
        return ""
    return words if len(words) <= MAX_QUOTE else words[:MAX_QUOTE].rsplit(" ", 1)[0] + " …"


@lru_cache(maxsize=1)
def speaker() -> Speaker:
    """The speaker of this process: the default pack and the clinic of clinic.yml."""
    return Speaker(cached_pack(), clinic())
