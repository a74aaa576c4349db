"""What a message in another language says: which language it is, and the emergency words in it, whatever it is."""

from __future__ import annotations

from collections import Counter

import msgspec

from bot.knowledge.levels import Level
from bot.knowledge.model import Pack
from bot.understanding.hears import Heard, Hears
from bot.understanding.language_data import common, heard_languages
from bot.understanding.languages import ENGLISH_SHARE, beyond_doubt, detect, english_share
from bot.understanding.normalise import Normalised
from bot.understanding.reading import Evidence, Mention, Reading


class OtherLanguages:
    """Completes a Reading that was made as if the message were English."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._signs = common().signs
        self._hears = Hears(heard_languages().values())

    def within(self, reading: Reading, normalised: Normalised) -> Reading:
        """The Reading with its language, and with the emergencies that are told in the words of another language.

        A message that is surely in another language says these alone: what the English reader makes of it is chance. But
        where it finds an emergency and the language is not beyond doubt, the message is read as English: a dialect, maybe.
        """
        english = english_share(reading.text)
        found = self._hears.find(normalised, reading.text)
        heard = [each for each in found if each.words > 1 or english < ENGLISH_SHARE]
        language = detect(reading.text)
        if language is None and heard and english <= ENGLISH_SHARE:
            language = Counter(each.language for each in heard).most_common(1)[0][0]
        said = {each.sign: self._mention(each, reading.text, normalised) for each in heard}
        mentions = tuple(mention for mention in said.values() if mention is not None)
        conditions = tuple(dict.fromkeys(c for each in heard if (c := self._signs[each.sign].condition)))
        if language is not None and (heard or beyond_doubt(reading.text, language) or not self._emergency(reading)):
            return Reading(text=reading.text, language=language, mentions=mentions, conditions=conditions)
        if not heard:
            return reading
        told = {mention.concept for mention in mentions}
        rest = tuple(mention for mention in reading.mentions if mention.concept not in told)
        conditions = tuple(dict.fromkeys((*reading.conditions, *conditions)))
        return msgspec.structs.replace(reading, mentions=(*mentions, *rest), conditions=conditions)

    def _emergency(self, reading: Reading) -> bool:
        levels = (self._pack.concepts[mention.concept].level for mention in reading.having("present", "other"))
        return Level.EMERGENCY in levels

    def _mention(self, heard: Heard, text: str, normalised: Normalised) -> Mention | None:
        """The concept that was told; None where it is a condition alone."""
        sign = self._signs[heard.sign]
        if sign.concept is None:
            return None
        start, end = normalised.span(heard.start, heard.end)
        words = text[start:end]
        return Mention(
            concept=sign.concept,
            status="present",
            text=words,
            start=start,
            end=end,
            side=sign.side,
            evidence=(Evidence("lexicon", 1.0, words),),
        )
