from __future__ import annotations

import pytest

from bot.knowledge.load import cached_pack
from bot.understanding.lexicon import Lexicon
from bot.understanding.normalise import with_offsets

PACK = cached_pack()
LEXICON = Lexicon(PACK)
PHRASES = [
    (getattr(entry, "crisis", None) or kind, entry.id, phrase)
    for kind, entries in (
        ("concept", PACK.concepts.values()),
        ("condition", PACK.conditions.values()),
        ("area", PACK.areas),
        ("treatment", PACK.treatments),
    )
    for entry in entries
    for phrase in entry.phrases
]


def found(text: str, kind: str = "concept") -> list[tuple[str, str]]:
    """What is found, with the words of the message that say it."""
    normalised = with_offsets(text)
    spans = [(hit.id, normalised.span(hit.start, hit.end)) for hit in LEXICON.find(normalised) if hit.kind == kind]
    return [(entry, text[start:end]) for entry, (start, end) in spans]


def test_every_phrase_is_found_as_its_own_entry_and_no_other() -> None:
    wrong = [(kind, entry, phrase) for kind, entry, phrase in PHRASES if {e for e, _ in found(phrase, kind)} != {entry}]
    assert wrong == []


def test_every_phrase_is_found_within_a_sentence() -> None:
    sentence = "Hello, since Tuesday: {}! Can you tell?"
    wrong = [phrase for kind, entry, phrase in PHRASES if entry not in {e for e, _ in found(sentence.format(phrase), kind)}]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("I’m seeing double", [("diplopia", "seeing double")]),
        ("i am SEEING   DOUBLE!!", [("diplopia", "SEEING   DOUBLE")]),
        (
            "my vision is really blurry and i have a dry mouth",
            [("blurred_vision", "vision is really blurry"), ("dry_mouth", "dry mouth")],
        ),
        ("my arm is weak", [("arm_weakness_pain", "arm is weak")]),
        ("my arms are weak", [("generalised_weakness", "arms are weak")]),
        ("seeing doubles", [("diplopia", "seeing doubles")]),
        ("what does it cost", []),
        ("", []),
        ("...", []),
    ],
)
def test_concepts_in_a_text(text: str, concepts: list[tuple[str, str]]) -> None:
    assert found(text) == concepts


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("i have a black eye after botox", [("injection_site_bruising", "black eye after botox")]),
        ("a red painful eye and cant see", [("acute_vision_loss_eye_pain", "red painful eye and cant see")]),
        ("coughing when i drink", [("dysphagia", "coughing when i drink")]),
    ],
)
def test_of_overlapping_phrases_the_longest_is_kept(text: str, concepts: list[tuple[str, str]]) -> None:
    assert found(text) == concepts


def test_phrases_of_different_kinds_may_overlap() -> None:
    text = "my forehead is sore since the botox"
    assert found(text) == [("injection_site_pain", "forehead is sore")]
    assert found(text, "area") == [("forehead", "forehead")]
    assert found(text, "treatment") == [("botox", "botox")]


def test_the_hits_stand_in_the_order_of_the_text() -> None:
    hits = LEXICON.find(with_offsets("dry mouth, double vision, dry eyes, then a hoarse voice in my forehead"))
    assert [hit.start for hit in hits] == sorted(hit.start for hit in hits)
    assert [hit.id for hit in hits if hit.kind == "concept"] == ["dry_mouth", "diplopia", "dry_eye", "dysphonia"]
