"""Facebook Messenger: the Messenger Platform of Meta. https://developers.facebook.com/docs/messenger-platform

Webhook: /reference/webhook-events; sending: /reference/send-api. While a person of the clinic has the thread, its messages
come as `standby`, and the bot stays silent. A request may hold several entries and messages.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from bot.channels.messaging.calls import Anything, Filled, T, call
from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.platform import HELLO, Incoming, Kind, Limits, Part, Refused, Registration, Request, Unavailable
from bot.channels.messaging.reading import json_of, loosely, name_of, passed_over
from bot.channels.meta import API, MetaPlatform, graph_fault

logger = logging.getLogger(__name__)

# What may stand in the page's settings as the payload of "Get started".
_GET_STARTED = ("get_started", "get started", "getting_started", "start")
_WANTED = {"messages", "messaging_postbacks"}
# What a patient did, in an event.
_WRITTEN = ("message", "postback", "message_edit")


class _Person(msgspec.Struct, frozen=True):
    id: str = ""


class _QuickReply(msgspec.Struct, frozen=True):
    payload: str = ""


class _Message(msgspec.Struct, frozen=True):
    mid: str = ""
    text: str | None = None
    quick_reply: _QuickReply | None = None
    attachments: tuple[Any, ...] = ()
    sticker_id: Any = None
    is_echo: bool = False
    is_deleted: bool = False


class _Postback(msgspec.Struct, frozen=True):
    payload: str = ""
    title: str = ""
    mid: str | None = None


class _Edit(msgspec.Struct, frozen=True):
    mid: str = ""
    text: str = ""
    num_edit: int | str = 0


class _Event(msgspec.Struct, frozen=True):
    sender: _Person = _Person()
    timestamp: int = 0
    message: _Message | None = None
    postback: _Postback | None = None
    message_edit: _Edit | None = None


class _Entry(msgspec.Struct, frozen=True):
    messaging: tuple[Any, ...] = ()


class _Update(msgspec.Struct, frozen=True):
    object: str
    entry: tuple[Any, ...] = ()


class _Success(msgspec.Struct, frozen=True):
    message_id: Filled


class _App(msgspec.Struct, frozen=True):
    subscribed_fields: tuple[str, ...] = ()


class _Apps(msgspec.Struct, frozen=True):
    data: tuple[_App, ...] = ()


class Messenger(MetaPlatform):
    """A page on Facebook."""

    name = "messenger"
    limits = Limits(text=2000, choices=13, choice_title=20, choice_payload=1000)
    window_seconds: ClassVar[float | None] = 24 * 3600.0

    class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        """Everything from the app's page at Meta; `verify_token` is made up by the clinic.

        human_app_id: the app of the inbox where people answer (the page's own: 263902037430900)
        """

        page_access_token: str
        app_secret: str
        verify_token: str
        human_app_id: str | None = None
        api: str = API

    def read(self, request: Request) -> list[Incoming]:
        """The messages, pressed buttons and edits of all entries; receipts, reactions and echoes of our own are left alone."""
        update = json_of(request.body, _Update)
        if update.object != "page":
            return []
        entries = [loosely(given, _Entry) or _Entry() for given in update.entry]
        found = [_incoming(event) for entry in entries for event in entry.messaging]
        return [incoming for incoming in found if incoming is not None]

    async def send(self, address: Mapping[str, str], part: Part) -> None:
        """One message with its choices as quick replies; then, where a person was asked for, the thread goes to the inbox.

        If that fails it is not tried again, since the patient would get the message twice, which tells the phone number.
        """
        message: dict[str, Any] = {"text": part.text}
        if part.choices:
            message["quick_replies"] = [
                {"content_type": "text", "title": choice.title, "payload": choice.payload} for choice in part.choices
            ]
        await self._post("messages", address["person"], _Success, messaging_type="RESPONSE", message=message)
        if part.human and self.options.human_app_id:
            try:
                inbox = self.options.human_app_id
                await self._post("pass_thread_control", address["person"], Anything, target_app_id=inbox)
            except (Refused, Unavailable) as error:
                logger.error("messenger: a thread was not passed to the inbox: %s", error)

    async def received(self, incoming: Incoming) -> None:
        """The message is marked as seen, and "typing" is shown."""
        for action in ("mark_seen", "typing_on"):
            await self._post("messages", incoming.address["person"], Anything, sender_action=action)

    async def registration(self, webhook: str | None) -> Registration:
        """Which fields of the page the app has subscribed to; the address of the webhook is not told to a page's token."""
        apps = (await self._call("GET", "subscribed_apps", _Apps)).data
        fields = {field for app in apps for field in app.subscribed_fields}
        missing = ", ".join(sorted(_WANTED - fields))
        detail = f"the page is not subscribed to: {missing}" if missing else f"the page is subscribed to {len(fields)} fields"
        return Registration(reachable=True, registered=not missing, detail=detail)

    async def _post(self, path: str, person: str, success: type[T], **body: Any) -> None:
        await self._call("POST", path, success, json={"recipient": {"id": person}, **body})

    async def _call(self, method: str, path: str, success: type[T], **request: Any) -> T:
        url, headers = f"{self.options.api}/me/{path}", {"Authorization": f"Bearer {self.options.page_access_token}"}
        return await call(self.http, method, url, success, graph_fault, headers=headers, **request)


class MessengerChannel(MessagingChannel):
    """The channel for credentials.yml."""

    platform = Messenger


def _incoming(given: Any) -> Incoming | None:
    event = loosely(given, _Event)
    if event is None:
        passed_over(Messenger.name, None)
        return None
    found = _said(event)
    if found is None and (event.message is not None or not any(each in given for each in _WRITTEN)):
        return None
    if not event.sender.id:
        passed_over(Messenger.name, next((each for each in _WRITTEN if each in given), None))
        return None
    name, kind, text = found or ("", Kind.EMPTY, "")
    name = name if name.partition(":")[0] else name_of(given)
    return Incoming(id=name, sender=event.sender.id, kind=kind, text=text, address={"person": event.sender.id})


def _said(event: _Event) -> tuple[str, Kind, str] | None:
    """The id of what a patient did, what it is, and its words; None for what asks for no answer."""
    if event.message_edit is not None:
        edit = event.message_edit
        return f"{edit.mid}:edit:{edit.num_edit}", Kind.EDITED, edit.text
    if event.postback is not None:
        pressed = event.postback
        words = pressed.payload or pressed.title
        name = pressed.mid or (f"postback:{event.sender.id}:{event.timestamp}" if event.timestamp else "")
        return name, Kind.TEXT, HELLO if words.casefold() in _GET_STARTED else words
    message = event.message
    if message is None or message.is_echo:
        return None
    if message.is_deleted:
        return f"{message.mid}:deleted", Kind.DELETED, ""
    if message.quick_reply is not None and message.quick_reply.payload:
        return message.mid, Kind.TEXT, message.quick_reply.payload
    text = message.text or ""
    if message.attachments or message.sticker_id is not None:
        return message.mid, Kind.MEDIA, text
    return message.mid, Kind.TEXT if text.strip() else Kind.EMPTY, text
