"""What a pack must hold to be safe to use, beyond its form: ids that exist, sources, phrases, plain words.

Codes: K001 file, K002 YAML, K003 shape, K004 twice, K005 unknown key, K006 value (these from `load`);
K010 unknown id, K011 no source, K012 too few phrases, K013 shared phrase, K014 hard to read, K015 diagnoses or comforts,
K016 a condition that can never hold, K017 something that the interview needs is missing.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path
from typing import get_args

from bot.knowledge import plain
from bot.knowledge.errors import KnowledgeError, Problem
from bot.knowledge.levels import Level
from bot.knowledge.load import COUNTRIES, Files, load_with_files
from bot.knowledge.model import Pack, QuestionKind, Rule, SourceRef, When, Wish

MIN_EMERGENCY_PHRASES = 8
# A text of fewer words is too short for a reading-age formula; then only each word counts.
MIN_WORDS_TO_MEASURE = 8
Place = tuple[str | int, ...]


def check_pack(folder: Path, countries: Path = COUNTRIES) -> Pack:
    """Load the pack and check its contents. Raises KnowledgeError with everything that was found."""
    pack, files = load_with_files(folder, countries)
    problems = [
        *_twice(pack, files),
        *_ids(pack, files),
        *_rules(pack, files),
        *_sources(pack, files),
        *_phrases(pack, files),
        *_texts(pack, files),
        *_needs(pack, files),
    ]
    if problems:
        raise KnowledgeError(problems)
    return pack


def _placed_rules(pack: Pack) -> Iterator[tuple[str, str, Place, Rule]]:
    """Every rule with the section, the entry and the place in it where it stands."""
    for concept in pack.concepts.values():
        for index, rule in enumerate(concept.raises):
            yield "concepts", concept.id, ("raises", index), rule
    for rule in pack.rules:
        yield "triage_rules", rule.id, (), rule


def _conditions(when: When) -> Iterator[When]:
    yield when
    for part in (*when.all_of, *when.any_of):
        yield from _conditions(part)


def _twice(pack: Pack, files: Files) -> Iterator[Problem]:
    seen: set[str] = set()
    for section, entry, place, rule in _placed_rules(pack):
        if rule.id in seen:
            yield files.problem(section, entry, "K004", f"rule `{rule.id}` is defined twice", *place)
        seen.add(rule.id)
    for name, entries in (("treatments", pack.treatments), ("areas", pack.areas)):
        ids = [entry.id for entry in entries]
        for index, one in enumerate(ids):
            if one in ids[:index]:
                yield files.problem("pack", "pack", "K004", f"`{one}` is defined twice", name, index)


def _ids(pack: Pack, files: Files) -> Iterator[Problem]:
    areas = {area.id for area in pack.areas}

    def known(ids: tuple[str, ...], among: Container[str], what: str, section: str, entry: str, key: str) -> Iterator[Problem]:
        for index, one in enumerate(ids):
            if one not in among:
                yield files.problem(section, entry, "K010", f"`{one}` is not a {what} of this pack", key, index)

    for concept in pack.concepts.values():
        yield from known(concept.areas, areas, "treated area", "concepts", concept.id, "areas")
        yield from known(concept.ask_also, pack.concepts, "concept", "concepts", concept.id, "ask_also")
    for condition in pack.conditions.values():
        yield from known(condition.concepts, pack.concepts, "concept", "conditions", condition.id, "concepts")
    for question in pack.questions:
        yield from known(question.concepts, pack.concepts, "concept", "questions", question.id, "concepts")
    for flag in pack.red_flags:
        yield from known(flag.concepts, pack.concepts, "concept", "red_flags", flag.id, "concepts")


def _rules(pack: Pack, files: Files) -> Iterator[Problem]:
    for section, entry, place, rule in _placed_rules(pack):
        yield from _when(pack, rule.when, files, section, entry, *place, "when")
    for question in pack.questions:
        if question.when is not None:
            yield from _when(pack, question.when, files, "questions", question.id, "when")


def _when(pack: Pack, when: When, files: Files, section: str, entry: str, *key: str | int) -> Iterator[Problem]:
    for part in _conditions(when):
        for concept in (*part.of, *([part.concept] if part.concept else [])):
            if concept not in pack.concepts:
                yield files.problem(section, entry, "K010", f"`{concept}` is not a concept of this pack", *key)
        if part.condition and part.condition not in pack.conditions:
            yield files.problem(section, entry, "K010", f"`{part.condition}` is not a condition of this pack", *key)
        counts = part.at_least is not None and 0 < part.at_least <= len(part.of)
        if not counts and (part.at_least is not None or part.of or part.from_different_areas):
            yield files.problem(section, entry, "K016", "`at_least` and `of` belong together, with enough concepts", *key)
        if part == When():
            yield files.problem(section, entry, "K016", "says nothing: name a concept, a condition or another test", *key)


def _sources(pack: Pack, files: Files) -> Iterator[Problem]:
    def refs(sources: tuple[SourceRef, ...], section: str, entry: str, *key: str | int) -> Iterator[Problem]:
        if not sources:
            yield files.problem(section, entry, "K011", "has no source: name one in `sources:`", *key)
        for ref in sources:
            if ref.source not in pack.sources:
                yield files.problem(section, entry, "K010", f"`{ref.source}` is not in sources.yml", *key)

    for concept in pack.concepts.values():
        yield from refs(concept.sources, "concepts", concept.id, "sources")
        for index, frequency in enumerate(concept.frequency):
            yield from refs(frequency.sources, "concepts", concept.id, "frequency", index)
        for name in ("self_care", "while_waiting"):
            for index, advice in enumerate(getattr(concept, name)):
                yield from refs(advice.sources, "concepts", concept.id, name, index)
    for condition in pack.conditions.values():
        for index, step in enumerate(condition.steps):
            yield from refs(step.sources, "conditions", condition.id, "steps", index)
    for section, entry, place, rule in _placed_rules(pack):
        yield from refs(rule.sources, section, entry, *place)
    for flag in pack.red_flags:
        yield from refs(flag.sources, "red_flags", flag.id)
    for topic in pack.topics.values():
        yield from refs(topic.sources, "topics", topic.id)
    for country in pack.countries.values():
        yield from refs(country.sources, "countries", country.id)


def _phrases(pack: Pack, files: Files) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for concept in pack.concepts.values():
        if concept.level is Level.EMERGENCY and len(concept.phrases) < MIN_EMERGENCY_PHRASES:
            count = f"has {len(concept.phrases)} phrases; an emergency needs at least {MIN_EMERGENCY_PHRASES}"
            yield files.problem("concepts", concept.id, "K012", count, "phrases")
        for index, phrase in enumerate(concept.phrases):
            key = " ".join(phrase.lower().replace("’", "'").replace("'", "").split())
            if key in owner:
                message = f"phrase `{phrase}` is also one of `{owner[key]}`"
                yield files.problem("concepts", concept.id, "K013", message, "phrases", index)
            owner.setdefault(key, concept.id)


def _texts(pack: Pack, files: Files) -> Iterator[Problem]:
    for concept in pack.concepts.values():
        illnesses = () if concept.kind == "context" else ("illnesses",)
        for name in ("label", "ask", "option"):
            yield from _text(getattr(concept, name), illnesses, files, "concepts", concept.id, name)
        for name in ("self_care", "while_waiting"):
            for index, advice in enumerate(getattr(concept, name)):
                yield from _text(advice.text, ("illnesses",), files, "concepts", concept.id, name, index, "text")
    for section, entry, place, rule in _placed_rules(pack):
        yield from _text(rule.because, ("illnesses",), files, section, entry, *place, "because")
    for condition in pack.conditions.values():
        yield from _text(condition.ask, ("illnesses",), files, "conditions", condition.id, "ask")
        yield from _text(condition.option, ("illnesses",), files, "conditions", condition.id, "option")
        for index, step in enumerate(condition.steps):
            yield from _text(step.text, ("illnesses",), files, "conditions", condition.id, "steps", index, "text")
    for question in pack.questions:
        yield from _text(question.ask, ("illnesses",), files, "questions", question.id, "ask")
        yield from _text(question.why, (), files, "questions", question.id, "why")
    for flag in pack.red_flags:
        yield from _text(flag.text, ("illnesses",), files, "red_flags", flag.id, "text")
    for topic in pack.topics.values():
        yield from _text(topic.answer, (), files, "topics", topic.id, "answer")


def _text(text: str, illnesses: tuple[str, ...], files: Files, section: str, entry: str, *key: str | int) -> Iterator[Problem]:
    for phrase in plain.found(text, *illnesses, "concludes", "medicine_advice", "false_comfort"):
        yield files.problem(section, entry, "K015", f"says “{phrase}”: describe, never diagnose, treat or comfort", *key)
    age = plain.reading_age(text)
    if len(text.split()) >= MIN_WORDS_TO_MEASURE and age > plain.MAX_READING_AGE:
        message = f"reading age {age:.1f}, at most {plain.MAX_READING_AGE:.0f}: shorter sentences and words"
        yield files.problem(section, entry, "K014", message, *key)


def _needs(pack: Pack, files: Files) -> Iterator[Problem]:
    kinds = {question.kind for question in pack.questions}
    for kind in get_args(QuestionKind):
        if kind not in kinds:
            yield files.lack("questions", "K017", f"has no question of kind `{kind}`")
    emergencies = {c.id for c in pack.concepts.values() if c.level is Level.EMERGENCY}
    asked = {concept for question in pack.questions if question.kind == "red_flags" for concept in question.concepts}
    for concept in sorted(emergencies - asked):
        yield files.problem("concepts", concept, "K017", "is an emergency that no red_flags question asks for")
    shown = {concept for flag in pack.red_flags for concept in flag.concepts}
    for concept in sorted(emergencies - shown):
        yield files.problem("concepts", concept, "K017", "is an emergency that no red flag shows")
    named = {part.condition for _, _, _, rule in _placed_rules(pack) for part in _conditions(rule.when) if part.condition}
    for condition in sorted(set(pack.conditions) - named):
        yield files.problem("conditions", condition, "K017", "raises nothing: no rule names it")
    met = {topic.wish for topic in pack.topics.values()}
    for wish in get_args(Wish):
        if wish not in met:
            yield files.lack("topics", "K017", f"has no topic that meets the wish `{wish}`")
    answered = {rule.when.condition for rule in pack.rules if rule.level is Level.EMERGENCY}
    for condition_id, each in pack.conditions.items():
        if each.crisis and condition_id not in answered:
            message = "is a cry for help that no emergency of rules.yml has for its one condition"
            yield files.problem("conditions", condition_id, "K017", message)
    if "other" not in pack.countries:
        yield files.lack("countries", "K017", "has no `other` for an unknown country")
