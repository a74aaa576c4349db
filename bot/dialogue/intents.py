"""Which intent a message has, given its Reading, the topic that it asks about and what the classifier makes of it."""

from __future__ import annotations

from bot.understanding.reading import Reading

INFORM = "inform"
HYPOTHETICAL = "ask_hypothetical"
QUESTION = "ask_question"
FALLBACK = "nlu_fallback"
# Below this the classifier's guess is not used.
SURE = 0.55
# A message of more words tells more than a bare answer does.
SHORT = 8


def decide(reading: Reading, topic: str | None, guess: str | None, confidence: float) -> str:
    """The intent. What is said of the patient's own body always comes first, an answer to a question second."""
    if reading.having("present", "absent", "past", "other") or reading.conditions:
        return INFORM
    if topic is not None:
        return QUESTION
    if reading.mentions:
        return HYPOTHETICAL
    sure = guess is not None and guess != INFORM and confidence >= SURE
    if sure and guess is not None:
        return guess
    return INFORM if _answers(reading) or (guess == INFORM and confidence >= SURE) else FALLBACK


def _answers(reading: Reading) -> bool:
    details = (reading.answer, reading.severity, reading.course, reading.side, reading.days_since_treatment, reading.onset_days_ago)
    return len(reading.text.split()) <= SHORT and (any(d is not None for d in details) or bool(reading.areas))
