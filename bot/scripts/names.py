"""What a script may name: a misspelt id must be an error, for "lacks" would hold for it without proving anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from bot.knowledge.levels import Level
from bot.knowledge.model import Pack, QuestionKind
from bot.wording.abroad import NUMBER
from bot.wording.other_language import OTHER_LANGUAGE
from bot.wording.texts import Texts

WHY = "why"
HYPOTHETICAL = "hypothetical"


@dataclass(frozen=True)
class Names:
    """The ids that assertions may use. `texts` are those of info and fallback replies, `topics` those of answers."""

    levels: tuple[str, ...]
    concepts: tuple[str, ...]
    rules: tuple[str, ...]
    questions: tuple[str, ...]
    texts: tuple[str, ...]
    topics: tuple[str, ...]


def names_of(pack: Pack, texts: Texts) -> Names:
    """The names of a pack and a language."""
    fallbacks = [name for name in texts.fallback.__struct_fields__ if name != "action"]
    return Names(
        levels=tuple(level.value for level in Level),
        concepts=tuple(pack.concepts),
        rules=tuple(_rules(pack)),
        questions=get_args(QuestionKind),
        texts=(*(name for name in texts.plain if name != "goodbye_level"), WHY, OTHER_LANGUAGE, *fallbacks),
        topics=(*pack.topics, HYPOTHETICAL, NUMBER, "unknown"),
    )


def _rules(pack: Pack) -> Iterator[str]:
    yield from (rule.id for rule in pack.rules)
    for concept in pack.concepts.values():
        yield from (rule.id for rule in concept.raises)
