"""What a patient's message on a messaging platform is answered: the dialogue's replies, or why it could not be read.

Besides words, people send photos, edits, numbers of a list, and "STOP". Nothing of it is met with silence, except a
message after STOP, which is answered only if it is an emergency.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import msgspec

from bot.channels.converse import emergency_by_itself
from bot.channels.messaging.platform import Incoming, Kind, Part, Platform
from bot.channels.messaging.rendering import numbers_stand_for, parts
from bot.knowledge.levels import Level
from bot.knowledge.load import cached_pack
from bot.state.backend import StoreError
from bot.state.model import Outcome
from bot.state.state import State
from bot.triage.assess import assess_message
from bot.understanding.read import read
from bot.wording.reply import Reply
from bot.wording.speaker import speaker
from bot.wording.standing import UNKNOWN, as_it_stands, urgent

Converse = Callable[[str, str, str], Awaitable[list[Reply]]]
_NUMBER = re.compile(r"\W*(\d{1,2})\W*")
_WORDS = re.compile(r"\W+")


class Outgoing(msgspec.Struct, frozen=True):
    """A message to send and where to."""

    address: dict[str, str]
    part: Part


class Answering:
    """Answers the messages of one platform. `converse` (bot.channels.converse) takes a conversation, a text, and
    the fallback that is said when there are no words in it."""

    def __init__(self, platform: Platform, state: State, converse: Converse) -> None:
        self._platform, self._state, self._converse = platform, state, converse

    async def answer(self, conversation: str, incoming: Incoming, *, flooding: bool) -> Outcome:
        """What a message leads to."""
        stopped = f"stopped:{conversation}"
        if self._platform.opt_out and incoming.kind is Kind.TEXT:
            word = _WORDS.sub(" ", incoming.text).strip().casefold()
            if word in speaker().texts.channels.stop_words:
                already = await self._state.marked(stopped)
                await self._state.mark(stopped, True)
                return self._said([] if already else [speaker().plain("stopped")], conversation, incoming)
            if word in speaker().texts.channels.start_words and await self._state.marked(stopped):
                await self._state.mark(stopped, False)
                return self._said([speaker().plain("started")], conversation, incoming)
            if word in speaker().texts.channels.help_words:
                return self._said(await self._converse(conversation, "", "help"), conversation, incoming)
        if await self._silenced(stopped, incoming.text):
            return Outcome()
        if incoming.kind is Kind.GROUP:
            told = f"group:{conversation}"
            if not incoming.addressed and await self._state.marked(told):
                return Outcome()
            await self._state.mark(told, True)
            return self._said([speaker().fallback("group")], conversation, incoming)
        if flooding:
            return self._said(await self._converse(conversation, "", "flood"), conversation, incoming)
        return self._said(await self._replies(conversation, incoming), conversation, incoming)

    def otherwise(self, incoming: Incoming) -> Outcome:
        """The safe fallback, for a message on which `answer` fails."""
        reply = emergency_by_itself(incoming.text) or speaker().fallback("away")
        return Outcome(entries=self._entries([reply], incoming))

    async def _silenced(self, stopped: str, text: str) -> bool:
        """Whether the patient wants no answer to this. An emergency is answered, also when the store does not say."""
        try:
            return await self._state.marked(stopped) and not _is_emergency(text)
        except StoreError:
            if _is_emergency(text):
                return False
            raise

    async def _replies(self, conversation: str, incoming: Incoming) -> list[Reply]:
        """Words are read wherever they stand: also under a photo, also in an edit."""
        if incoming.kind is Kind.DELETED:
            return await self._converse(conversation, "", "unsent")
        unread = "empty" if incoming.kind in (Kind.EMPTY, Kind.TEXT) else incoming.kind.value
        if incoming.kind is Kind.TEXT:
            return await self._converse(conversation, await self._meant(conversation, incoming.text), unread)
        replies = await self._converse(conversation, incoming.text, unread)
        if not incoming.text.strip():
            return replies
        note = speaker().plain(f"{incoming.kind.value}_note")
        return [*replies, as_it_stands(note, UNKNOWN, speaker())] if urgent(replies[0]) else [note, *replies]

    async def _meant(self, conversation: str, text: str) -> str:
        """What a number stands for that the patient was shown; any other text as it is."""
        number = _NUMBER.fullmatch(text)
        kept = await self._state.load(_numbers(conversation)) if number else None
        payloads = msgspec.json.decode(kept, type=list[str]) if kept else []
        return payloads[int(number[1]) - 1] if number and 0 < int(number[1]) <= len(payloads) else text

    def _said(self, replies: list[Reply], conversation: str, incoming: Incoming) -> Outcome:
        numbers = numbers_stand_for(replies[-1], self._platform.limits) if replies else ()
        return Outcome(
            entries=self._entries(replies, incoming),
            conversations={_numbers(conversation): msgspec.json.encode(numbers) if numbers else None} if replies else {},
        )

    def _entries(self, replies: list[Reply], incoming: Incoming) -> tuple[bytes, ...]:
        limits, how = self._platform.limits, speaker().texts.channels.how_to_choose
        shown = [Outgoing(incoming.address, part) for reply in replies for part in parts(reply, limits, how)]
        return tuple(msgspec.json.encode(each) for each in shown)


def _numbers(conversation: str) -> str:
    """Where the numbers that were shown in a conversation are kept."""
    return f"{conversation}#numbers"


def _is_emergency(text: str) -> bool:
    """Whether a message by itself is an emergency."""
    _, assessment = assess_message(read(text), cached_pack())
    return assessment.level is Level.EMERGENCY
