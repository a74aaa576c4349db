"""The emergency number of the country that a patient is in."""

from __future__ import annotations

from bot.knowledge.model import Country
from bot.wording.reply import Reply
from bot.wording.speaker import Speaker

NUMBER = "emergency_number"
# The first sources of a country are those of its numbers; what follows is about where to report side effects.
OF_NUMBER = 2


def number_reply(country: Country | None, speaker: Speaker) -> Reply:
    """The number of a country, framed; without one, that of the clinic's, and the request to name the country."""
    number, rest = number_parts(country, speaker)
    custom = {"type": "answer", "topic": NUMBER, "country": country.id if country else None}
    return Reply(text=speaker.framed(number, rest), custom=custom)


def number_parts(country: Country | None, speaker: Speaker) -> tuple[str, str]:
    """Which number to call, and what else there is to say of it, with its source."""
    texts = speaker.texts.abroad
    if country is None:
        return speaker.fill(speaker.texts.contact.emergency), texts.which
    also = texts.also.format(also=speaker.texts.listed(list(country.also))) if country.also else ""
    sources = texts.source.format(sources=speaker.cited(country.sources[:OF_NUMBER]))
    number = texts.number.format(country=country.name, number=country.emergency)
    return number, "\n\n".join(part for part in (also, sources) if part)
