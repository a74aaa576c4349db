"""Which intent a message has, given its Reading, the topic that it asks about and what the classifier makes of it."""

from __future__ import annotations

from bot.understanding.reading import Reading

INFORM = "inform"
HYPOTHETICAL = "ask_hypothetical"
QUESTION = "ask_question"
FALLBACK = "nlu_fallback"
# What the interview takes in. Everything else interrupts it: that is answered, and the open question is put again.
INTERVIEW = (INFORM, FALLBACK)
# What the patient wants to happen with the conversation; a general question in similar words does not stand in its way.
CONTROL = ("ask_why", "talk_to_human", "no_questions", "go_back", "start_over", "delete_data")
# What "no thanks" sounds like.
SMALL_TALK = ("greet", "thank", "goodbye", "out_of_scope")
# Below this the classifier's guess is not used.
SURE = 0.55
# A message of more words tells more than a bare answer does.
SHORT = 8


def decide(reading: Reading, topic: str | None, guess: str | None, confidence: float) -> str:
    """The intent. What is said of the patient's own body always comes first, an answer to a question second."""
    if reading.having("present", "absent", "past", "other") or reading.conditions:
        return INFORM
    if reading.mentions:
        return HYPOTHETICAL
    sure = guess is not None and guess != INFORM and confidence >= SURE
    if topic is not None and not (sure and guess in CONTROL):
        return QUESTION
    if sure and guess is not None:
        return guess
    return INFORM if _answers(reading) or (guess == INFORM and confidence >= SURE) else FALLBACK


def _answers(reading: Reading) -> bool:
    """Whether a short message gives a detail that a question may have asked for."""
    told = (reading.answer, reading.severity, reading.course, reading.side)
    days = (reading.days_since_treatment, reading.onset_days_ago)
    some = bool(reading.areas) or any(detail is not None for detail in (*told, *days))
    return some and len(reading.text.split()) <= SHORT
