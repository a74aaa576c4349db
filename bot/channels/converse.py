"""One message in, its replies out: the only way from any channel to the dialogue and back.

Nothing leaves silently, and nothing leaves unframed. When the dialogue fails, says nothing or says what it may not say,
the safe fallback is sent instead.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.dialogue.in_process import failed_actions
from bot.knowledge.load import cached_pack
from bot.settings import clinic
from bot.wording.frame import faults
from bot.wording.reply import Button, Reply
from bot.wording.speaker import Speaker

logger = logging.getLogger(__name__)

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]
SECONDS = 20.0
MAX_CHARACTERS = 10_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@lru_cache(maxsize=1)
def speaker() -> Speaker:
    """The speaker of this process."""
    return Speaker(cached_pack(), clinic())


class ReplyCollector(OutputChannel):  # type: ignore[misc]  # rasa has no types
    """Collects what the dialogue says, whole: text, buttons and the machine-readable part in one reply."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.replies: list[Reply] = []

    def name(self) -> str:  # type: ignore[override]  # rasa's is a class method
        """The channel that the replies are for."""
        return self.channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep a reply of the dialogue."""
        buttons = tuple(Button(button["title"], button["payload"]) for button in message.get("buttons") or [])
        self.replies.append(Reply(text=message.get("text") or "", buttons=buttons, custom=message.get("custom")))


def clean(text: str) -> str:
    """The message as the dialogue gets it: no control characters, and never an intent of Rasa's (`/intent{...}`)."""
    return _CONTROL.sub(" ", text[:MAX_CHARACTERS]).strip().lstrip("/ ")


async def converse(on_new_message: OnNewMessage, channel: str, sender: str, text: str) -> list[Reply]:
    """The replies to a message; at least one. `sender` is known to this channel only."""
    said = clean(text)
    if not said:
        return [speaker().fallback("empty")]
    collector = ReplyCollector(channel)
    failed: list[str] = []
    token = failed_actions.set(failed)
    try:
        message = UserMessage(said, collector, f"{channel}:{sender}", input_channel=channel)
        await asyncio.wait_for(on_new_message(message), SECONDS)
    except Exception as error:  # a patient must get an answer whatever happens
        logger.error("the dialogue failed: %s", type(error).__name__)
        return [speaker().fallback("failed")]
    finally:
        failed_actions.reset(token)
    if failed or not collector.replies:
        return [speaker().fallback("failed")]
    replies = [_checked(reply) for reply in collector.replies]
    return [speaker().fallback("too_long"), *replies] if len(text) > MAX_CHARACTERS else replies


def _checked(reply: Reply) -> Reply:
    wrong = faults(reply, speaker())
    if not wrong:
        return reply
    kind = (reply.custom or {}).get("type", "text")
    logger.error("a reply of type %s was stopped: %d faults", kind, len(wrong))
    return speaker().fallback("failed")
