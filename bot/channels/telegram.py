"""Telegram: the Bot API. https://core.telegram.org/bots/api (updates: #update, sending: #sendmessage).

Telegram carries the secret of the webhook in a header, repeats an update until it is taken, and calls a group's bot only
when it is spoken to, unless its privacy mode was turned off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from bot.channels.http import same
from bot.channels.messaging.calls import Anything, Reply, T, call, not_as_documented, seconds, usual_fault
from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.platform import HELLO, Incoming, Kind, Limits, Malformed, Part, Platform, Registration, Request
from bot.channels.messaging.reading import json_of, loosely, name_of, passed_over

# The command by which a chat begins; what follows it is a parameter of a link.
_START = re.compile(r"/start(@\w+)?(\s.*)?", re.DOTALL)


class _Chat(msgspec.Struct, frozen=True):
    id: int
    type: str = "private"


class _User(msgspec.Struct, frozen=True):
    id: int
    is_bot: bool = False


class _Entity(msgspec.Struct, frozen=True):
    type: str = ""
    offset: int = 0
    length: int = 0


class _Replied(msgspec.Struct, frozen=True):
    from_: _User | None = msgspec.field(default=None, name="from")


class _Message(msgspec.Struct, frozen=True):
    chat: _Chat | None = None
    message_id: int = 0
    from_: _User | None = msgspec.field(default=None, name="from")
    text: str | None = None
    caption: str | None = None
    entities: tuple[Any, ...] = ()
    caption_entities: tuple[Any, ...] = ()
    reply_to_message: _Replied | None = None
    location: Any = None
    # What Telegram itself says in a chat ("was joined", "was pinned"); nothing of the patient.
    pinned_message: Any = None
    message_auto_delete_timer_changed: Any = None


class _Pressed(msgspec.Struct, frozen=True):
    from_: _User = msgspec.field(name="from")
    id: str = ""
    message: _Message | None = None
    data: str | None = None


class _Update(msgspec.Struct, frozen=True):
    update_id: int | None = None
    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _Pressed | None = None


class _Sent(msgspec.Struct, frozen=True):
    message_id: int


class _Success(msgspec.Struct, frozen=True):
    result: _Sent


class _Webhook(msgspec.Struct, frozen=True):
    url: str = ""
    pending_update_count: int = 0
    last_error_message: str | None = None


class _Info(msgspec.Struct, frozen=True):
    result: _Webhook


class Telegram(Platform):
    """A bot on Telegram."""

    name = "telegram"
    proof = "x-telegram-bot-api-secret-token"
    limits = Limits(text=4096, choices=100, choice_title=64, choice_payload=64, units="utf16")

    class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        """token: from @BotFather. secret_token: made up by the clinic and given to setWebhook. api: a Bot API server."""

        token: str
        secret_token: str
        api: str = "https://api.telegram.org"

    def genuine(self, request: Request, now: float) -> bool:
        """The secret token is in a header."""
        return same(request.headers.get("x-telegram-bot-api-secret-token", ""), self.options.secret_token)

    def read(self, request: Request) -> list[Incoming]:
        """An update is one message; kinds that nobody asked for (polls, channel posts, members) are left alone."""
        given = json_of(request.body, dict[str, Any])
        update = loosely(given, _Update) or _Update()
        name = name_of(given) if update.update_id is None else str(update.update_id)
        if update.callback_query is not None:
            return [_pressed(name, update.callback_query)]
        message = update.message or update.edited_message
        chat = _chat_of(message) if message is not None else None
        if message is None or chat is None:
            if update.update_id is None:
                raise Malformed
            for written in {"message", "edited_message", "callback_query"} & given.keys():
                passed_over(self.name, written)
            return []
        if (message.from_ and message.from_.is_bot) or _is_notice(message):
            return []
        if update.edited_message is not None and message.location is not None:
            return []  # somebody who shares where they are moves
        address = {"chat": str(chat.id)}
        sender = str(message.from_.id if message.from_ else chat.id)
        if chat.type != "private":
            sender, kind = address["chat"], Kind.GROUP
        elif update.edited_message is not None:
            kind = Kind.EDITED
        elif message.text is None:
            kind = Kind.MEDIA
        else:
            kind = Kind.TEXT if message.text.strip() else Kind.EMPTY
        text = "" if kind is Kind.GROUP else message.text or message.caption or ""
        text = HELLO if _START.fullmatch(text) else text
        addressed = kind is not Kind.GROUP or _speaks_to_a_bot(message)
        return [Incoming(id=name, sender=sender, kind=kind, text=text, address=address, addressed=addressed)]

    async def send(self, address: Mapping[str, str], part: Part) -> None:
        """One message, as plain text, without a preview of links; its choices as one button a line."""
        body: dict[str, Any] = {
            "chat_id": int(address["chat"]),
            "text": part.text,
            "link_preview_options": {"is_disabled": True},
        }
        if part.choices:
            rows = [[{"text": choice.title, "callback_data": choice.payload}] for choice in part.choices]
            body["reply_markup"] = {"inline_keyboard": rows}
        await self._call("sendMessage", body, _Success)

    async def received(self, incoming: Incoming) -> None:
        """A pressed button stops blinking; "typing" is shown."""
        if "pressed" in incoming.address:
            await self._call("answerCallbackQuery", {"callback_query_id": incoming.address["pressed"]}, Anything)
        if incoming.kind is not Kind.GROUP:
            await self._call("sendChatAction", {"chat_id": int(incoming.address["chat"]), "action": "typing"}, Anything)

    async def registration(self, webhook: str | None) -> Registration:
        """Which webhook Telegram calls, and its last complaint."""
        found = (await self._call("getWebhookInfo", {}, _Info)).result
        detail = f"the webhook is {found.url or 'not set'}; {found.pending_update_count} updates wait"
        if found.last_error_message:
            detail += f"; last error: {found.last_error_message}"
        return Registration(reachable=True, registered=found.url == webhook if webhook else bool(found.url), detail=detail)

    async def _call(self, method: str, body: dict[str, Any], success: type[T]) -> T:
        url = f"{self.options.api}/bot{self.options.token}/{method}"
        return await call(self.http, "POST", url, success, _fault, json=body)


class TelegramChannel(MessagingChannel):
    """The channel for credentials.yml."""

    platform = Telegram


def _pressed(name: str, pressed: _Pressed) -> Incoming:
    """A pressed button says its payload; one of a message that is no longer known may have no chat."""
    chat = (pressed.message and pressed.message.chat) or _Chat(pressed.from_.id)
    group = chat.type != "private"
    return Incoming(
        id=name,
        sender=str(chat.id if group else pressed.from_.id),
        kind=Kind.GROUP if group else Kind.TEXT if pressed.data else Kind.EMPTY,
        text="" if group else pressed.data or "",
        address={"chat": str(chat.id), **({"pressed": pressed.id} if pressed.id else {})},
    )


def _chat_of(message: _Message) -> _Chat | None:
    """Where a message was written. A private chat has the id of the person."""
    return message.chat or (_Chat(message.from_.id) if message.from_ is not None else None)


def _is_notice(message: _Message) -> bool:
    return message.pinned_message is not None or message.message_auto_delete_timer_changed is not None


def _speaks_to_a_bot(message: _Message) -> bool:
    """Whether a message in a group is a command, names a bot (their names end in "bot"), or replies to one."""
    replied = message.reply_to_message.from_ if message.reply_to_message else None
    if replied is not None and replied.is_bot:
        return True
    text = (message.text or message.caption or "").encode("utf-16-le")
    for given in (*message.entities, *message.caption_entities):
        entity = loosely(given, _Entity) or _Entity()
        named = text[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le", "replace")
        if entity.type == "bot_command" or (entity.type == "mention" and named.casefold().endswith("bot")):
            return True
    return False


def _fault(reply: Reply) -> Exception | None:
    """Telegram says in the body what went wrong, as a status of HTTP, and how long to wait."""
    parameters, code = reply.body.get("parameters"), reply.body.get("error_code")
    after = seconds(parameters.get("retry_after")) if isinstance(parameters, dict) else None
    fault = usual_fault(reply, code, after)
    if fault is not None or reply.body.get("ok") is True:
        return fault
    said = msgspec.structs.replace(reply, status=code) if isinstance(code, int) else reply
    return usual_fault(said, code, after) or not_as_documented(reply)
