"""One message in, its replies out: the only way from any channel to the dialogue and back.

Nothing leaves silently, and nothing leaves unframed. When the dialogue fails, says nothing or says what it may not say,
the safe fallback is sent instead; when what could not be answered is urgent by itself, the answer to that. So it is when the
account of the patient is not known, because the store fails: then nothing that the dialogue says of it can be right.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.channels.missed import Missed
from bot.dialogue.failures import failures
from bot.dialogue.logs import kind_and_place
from bot.dialogue.remembered import AWAY, Remembered, remembered
from bot.knowledge.levels import Level
from bot.knowledge.load import cached_pack
from bot.state.backend import StoreError
from bot.state.unit import open_unit
from bot.triage.assess import assess_message
from bot.triage.report import SymptomReport
from bot.understanding.read import read, reading_once
from bot.wording.frame import faults
from bot.wording.reply import Button, Reply
from bot.wording.speaker import speaker
from bot.wording.standing import UNKNOWN, as_it_stands, stands, urgent

logger = logging.getLogger(__name__)

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]
# For a whole turn. An action has a shorter limit of its own (bot.dialogue.in_process).
SECONDS = 20.0
# For the turn of a message that is an emergency by itself: then it is answered by itself.
URGENT_SECONDS = 4.0
MAX_CHARACTERS = 10_000
# By how much the parts overlap in which a longer one is searched for an emergency, so that no sentence is cut in all of them.
OVERLAP = 500
# What a reply may be. The frame knows what each must carry; a text of no kind (a response of Rasa's) carries nothing.
KINDS = ("question", "assessment", "answer", "fallback", "info")
# The intent of what has no words to read, and the key under which the dialogue finds why.
UNREAD = "unread"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Rasa takes a text that begins with a slash for an intent with its entities (`/inform{...}`), from anybody.
_COMMAND = re.compile(r"^[\s/／\u00ad\u200b-\u200f\u2060\ufeff]+")
_missed = Missed()


class DialogueFailed(Exception):
    """The dialogue gave no usable replies; the message says why and nothing of what was written."""


class ReplyCollector(OutputChannel):
    """Collects what the dialogue says, whole: text, buttons and the machine-readable part in one reply."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.replies: list[Reply] = []

    def name(self) -> str:
        """The channel that the replies are for."""
        return self.channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep a reply of the dialogue."""
        buttons = tuple(Button(button["title"], button["payload"]) for button in message.get("buttons") or [])
        self.replies.append(Reply(text=message.get("text") or "", buttons=buttons, custom=message.get("custom")))


def well_formed(text: str) -> str:
    """A text without halves of characters, which nothing that writes UTF-8 takes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clean(text: str) -> str:
    """The message as the dialogue gets it: whole characters, no control characters, and never an intent of Rasa's."""
    return _COMMAND.sub("", _CONTROL.sub(" ", well_formed(text[:MAX_CHARACTERS]))).rstrip()


async def converse(on_new_message: OnNewMessage, channel: str, sender: str, text: str, unread: str = "empty") -> list[Reply]:
    """The replies to a message; at least one. `sender` is known to this channel only.

    Raises StoreError in a unit of work, where the account of the patient cannot be read and the message is no emergency.
    Without words in it, the dialogue says the fallback `unread`: it alone knows whether an emergency stands.
    """
    conversation = f"{channel}:{sender}"
    with remembered() as known, reading_once():
        said = await _heard_of(text)
        try:
            await _catch_up(on_new_message, channel, sender, said, known)
            replies = await dialogue_replies(on_new_message, channel, sender, said, unread)
        except DialogueFailed as error:
            logger.error("the dialogue failed: %s", error)
            return _without_dialogue(conversation, said, known)
    if known.missing is not None and not any(urgent(reply) for reply in replies):
        return _without_dialogue(conversation, said, known)
    if len(text) > MAX_CHARACTERS:
        replies = [speaker().fallback("too_long"), *replies]
    return [_checked(as_it_stands(reply, known.report, speaker()), known.report) for reply in replies]


async def _heard_of(text: str) -> str:
    """The message as the dialogue gets it; of one that is too long the part that is an emergency, else the beginning."""
    for begin in range(0, len(text) if len(text) > MAX_CHARACTERS else 0, MAX_CHARACTERS - OVERLAP):
        part = text[begin : begin + MAX_CHARACTERS]
        if emergency_by_itself(part) is not None:
            return clean(part)
        await asyncio.sleep(0)  # others may go on between two parts
    return clean(text)


async def _catch_up(on_new_message: OnNewMessage, channel: str, sender: str, said: str, known: Remembered) -> None:
    """Let the dialogue hear the emergency that was last answered without it. Raises DialogueFailed.

    Not before another emergency, which has no time to lose.
    """
    conversation = f"{channel}:{sender}"
    if conversation not in _missed or emergency_by_itself(said) is not None:
        return
    missed = _missed.pop(conversation)
    try:
        await dialogue_replies(on_new_message, channel, sender, missed or "")
    except DialogueFailed:
        if known.missing is not None:  # else it cannot be heard at all, and must not stand in the way of the rest
            _missed.add(conversation, missed or "")
            raise


async def dialogue_replies(
    on_new_message: OnNewMessage, channel: str, sender: str, said: str, unread: str = "empty"
) -> list[Reply]:
    """What the dialogue itself replies, as it is. Raises DialogueFailed."""
    collector = ReplyCollector(channel)
    read_already = None if said else {"text": "", "intent": {"name": UNREAD, "confidence": 1.0}, "entities": [], UNREAD: unread}
    message = UserMessage(said, collector, f"{channel}:{sender}", read_already, channel)
    seconds = SECONDS if emergency_by_itself(said) is None else min(SECONDS, URGENT_SECONDS)
    with failures() as failed:
        try:
            await asyncio.wait_for(on_new_message(message), seconds)
        except Exception as error:  # a patient must get an answer whatever happens
            raise DialogueFailed(kind_and_place(error)) from None
    if failed:
        raise DialogueFailed(f"an action failed: {', '.join(failed)}")
    if not collector.replies:
        raise DialogueFailed("it said nothing")
    return collector.replies


def emergency_by_itself(text: str) -> Reply | None:
    """The answer to a text that is an emergency whatever was said before, read without dialogue and store; else None."""
    return _by_itself(clean(text), SymptomReport(), above=Level.SAME_DAY)


def _without_dialogue(conversation: str, said: str, known: Remembered) -> list[Reply]:
    """The safe fallback, or the assessment of this one message where that is more urgent than the fallback is.

    Raises StoreError in a unit of work, where the account cannot be read now: the message is kept, and waits for the store.
    """
    report = UNKNOWN if conversation in _missed and not stands(known.report) else known.report
    # Less than an emergency says nothing new where one stands.
    alone = _by_itself(said, report, above=Level.SAME_DAY if stands(report) else Level.FEW_DAYS)
    if alone is not None and urgent(alone):
        _missed.add(conversation, said)
        return [alone]
    if known.missing == AWAY and open_unit() is not None:
        raise StoreError("where a conversation stands cannot be read")
    if alone is not None and known.missing is None:
        return [alone]
    fallback = as_it_stands(speaker().fallback(known.missing or "failed"), report, speaker())
    return [fallback] if alone is None else [alone, fallback]


def _by_itself(said: str, known: SymptomReport, above: Level) -> Reply | None:
    """The assessment of one message as if it were the only one, where its level is above another; else None."""
    try:
        reading = read(said)
        report, assessment = assess_message(reading, cached_pack())
        counts = report.counted or assessment.level is Level.EMERGENCY
        if not counts or assessment.level <= above:
            return None
        return _checked(speaker().assessment(report, assessment, language=reading.language), known)
    except Exception as error:  # the reader may be what failed
        logger.error("the message could not be read: %s", kind_and_place(error))
        return None


def _checked(reply: Reply, known: SymptomReport) -> Reply:
    """The reply when it may leave; else the bare action of its level, or the safe fallback."""
    custom = reply.custom or {}
    kind = custom.get("type")
    wrong = faults(reply, speaker()) if kind in KINDS else ["is of no known type"]
    if not wrong:
        return reply
    logger.error("a reply of type %s was stopped: %d faults", kind if kind in KINDS else "unknown", len(wrong))
    if kind == "assessment" and Level(custom["level"]) > Level.FEW_DAYS:
        level = Level(custom["level"])
        texts = speaker().level(level)
        framed = speaker().framed(speaker().fill(texts.action), texts.reason, emergency=level is Level.EMERGENCY)
        return Reply(text=framed, custom=custom)
    return as_it_stands(speaker().fallback("failed"), known, speaker())
