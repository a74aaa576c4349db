"""WhatsApp: the Cloud API of Meta. https://developers.facebook.com/docs/whatsapp/cloud-api

Webhook: /webhooks/reference/messages; sending: /messages. Free text may be sent within 24 hours of the patient's last
message, after that an approved template alone. A request may hold several entries, changes and messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

import msgspec

from bot.channels.messaging.calls import Anything, Filled, T, call
from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.platform import HELLO, Incoming, Kind, Limits, Part, Registration, Request
from bot.channels.messaging.reading import json_of, loosely, name_of, passed_over, words
from bot.channels.meta import API, MetaPlatform, graph_fault, log_failures
from bot.wording.speaker import speaker

_REPLY_BUTTONS = 3
_REPLY_BUTTON_TITLE = 20
# What asks for no answer: the phone tells of itself (a new number), or a thumb is set under our own message.
_NO_MESSAGE = ("system", "reaction")


class _Metadata(msgspec.Struct, frozen=True):
    phone_number_id: str = ""


class _Message(msgspec.Struct, frozen=True):
    """A message; the words stand in a field that is named like its type. Who hides the number has a user id alone."""

    id: str = ""
    type: str = "unknown"
    from_: str = msgspec.field(default="", name="from")
    from_user_id: str = ""
    group_id: str | None = None
    text: dict[str, Any] = {}
    button: dict[str, Any] = {}
    interactive: dict[str, Any] = {}
    image: dict[str, Any] = {}
    video: dict[str, Any] = {}
    document: dict[str, Any] = {}
    edit: dict[str, Any] = {}


class _Value(msgspec.Struct, frozen=True):
    metadata: _Metadata = _Metadata()
    messages: tuple[Any, ...] = ()
    statuses: tuple[Any, ...] = ()


class _Change(msgspec.Struct, frozen=True):
    field: str = ""
    value: Any = None


class _Entry(msgspec.Struct, frozen=True):
    changes: tuple[Any, ...] = ()


class _Update(msgspec.Struct, frozen=True):
    entry: tuple[Any, ...]


class _Sent(msgspec.Struct, frozen=True):
    id: Filled


class _Success(msgspec.Struct, frozen=True):
    messages: Annotated[tuple[_Sent, ...], msgspec.Meta(min_length=1)]


class _Number(msgspec.Struct, frozen=True):
    display_phone_number: str = "without a name"
    webhook_configuration: dict[str, Any] = {}


class WhatsApp(MetaPlatform):
    """A business phone number on WhatsApp."""

    name = "whatsapp"
    limits = Limits(text=4096, choices=10, choice_title=24, choice_payload=200, text_with_choices=1024)
    window_seconds: ClassVar[float | None] = 24 * 3600.0

    class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        """Everything from the app's page at Meta; `verify_token` is made up by the clinic.

        template: the name of an approved template without variables that asks the patient to write again
        """

        access_token: str
        app_secret: str
        verify_token: str
        phone_number_id: str
        template: str | None = None
        template_language: str = "en_US"
        api: str = API

    def read(self, request: Request) -> list[Incoming]:
        """The messages of all changes; receipts tell at most that something was not delivered."""
        found = []
        for value in _values(json_of(request.body, _Update)):
            log_failures(self.name, value.statuses)
            found += [self._incoming(given, value.metadata) for given in value.messages]
        return [incoming for incoming in found if incoming is not None]

    def _incoming(self, given: Any, metadata: _Metadata) -> Incoming | None:
        message = loosely(given, _Message) or _Message()
        sender, name = message.from_user_id or message.from_, message.id or name_of(given)
        if message.type in _NO_MESSAGE:
            return None
        if not sender:
            passed_over(self.name, message.type)
            return None
        to = {"to": message.from_} if message.from_ else {"recipient": message.from_user_id}
        # The patient is answered by the number that was written to.
        address = {**to, "number": metadata.phone_number_id or self.options.phone_number_id, "message": name}
        if message.group_id:
            address = {**address, "to": message.group_id, "group": "yes"}
            return Incoming(id=name, sender=message.group_id, kind=Kind.GROUP, address=address, addressed=False)
        kind, text = _said(message)
        return Incoming(id=name, sender=sender, kind=kind, text=text, address=address)

    async def send(self, address: Mapping[str, str], part: Part) -> None:
        """One message: text, up to three reply buttons, or a list."""
        if not part.choices:
            await self._send(address, {"type": "text", "text": {"body": part.text, "preview_url": False}})
            return
        short = all(len(choice.title) <= _REPLY_BUTTON_TITLE for choice in part.choices)
        interactive = _buttons(part) if short and len(part.choices) <= _REPLY_BUTTONS else _list(part)
        await self._send(address, {"type": "interactive", "interactive": interactive})

    async def window_closed(self, address: Mapping[str, str]) -> None:
        """Send the approved template, if there is one."""
        if self.options.template is not None:
            language = {"code": self.options.template_language}
            await self._send(address, {"type": "template", "template": {"name": self.options.template, "language": language}})

    async def received(self, incoming: Incoming) -> None:
        """The message is marked as read, and "typing" is shown."""
        if incoming.kind is not Kind.GROUP:
            body = {"status": "read", "message_id": incoming.address["message"], "typing_indicator": {"type": "text"}}
            await self._post(incoming.address["number"], body, Anything)

    async def registration(self, webhook: str | None) -> Registration:
        """Which webhook Meta calls for the number."""
        number, fields = self.options.phone_number_id, "display_phone_number,webhook_configuration"
        url, params = f"{self.options.api}/{number}", {"fields": fields}
        found = await call(self.http, "GET", url, _Number, graph_fault, params=params, headers=self._headers())
        urls = [url for url in found.webhook_configuration.values() if isinstance(url, str)]
        detail = f"number {found.display_phone_number}; webhooks: {', '.join(urls) or 'none'}"
        return Registration(reachable=True, registered=webhook in urls if webhook else bool(urls), detail=detail)

    async def _send(self, address: Mapping[str, str], message: dict[str, Any]) -> None:
        to = {"to": address["to"]} if "to" in address else {"recipient": address["recipient"]}
        kind = "group" if "group" in address else "individual"
        await self._post(address["number"], {"recipient_type": kind, **to, **message}, _Success)

    async def _post(self, number: str, body: dict[str, Any], success: type[T]) -> None:
        url, body = f"{self.options.api}/{number}/messages", {"messaging_product": "whatsapp", **body}
        await call(self.http, "POST", url, success, graph_fault, json=body, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.options.access_token}"}


class WhatsAppChannel(MessagingChannel):
    """The channel for credentials.yml."""

    platform = WhatsApp


def _values(update: _Update) -> Iterator[_Value]:
    """What is told of messages, in all entries."""
    for entry in update.entry:
        for given in (loosely(entry, _Entry) or _Entry()).changes:
            change = loosely(given, _Change) or _Change()
            if change.field == "messages":
                yield loosely(change.value, _Value) or _Value()


def _said(message: _Message) -> tuple[Kind, str]:
    """What a message is and says; of a pressed button its payload, which is the words that stand on it."""
    if message.type == "text" or message.text:
        text = words(message.text.get("body"))
        return (Kind.TEXT if text.strip() else Kind.EMPTY), text
    if message.type == "button":
        return Kind.TEXT, words(message.button.get("text")) or words(message.button.get("payload")) or HELLO
    if message.type == "interactive":
        pressed = message.interactive.get(str(message.interactive.get("type")))
        said = words(pressed.get("id")) if isinstance(pressed, dict) else ""
        return (Kind.TEXT, said) if said else (Kind.MEDIA, "")
    if message.type == "request_welcome":
        return Kind.TEXT, HELLO
    if message.type == "edit":
        edited = message.edit.get("message")
        return Kind.EDITED, _caption(edited) if isinstance(edited, dict) else ""
    if message.type == "revoke":
        return Kind.DELETED, ""
    media = (message.image, message.video, message.document)
    return Kind.MEDIA, next(filter(None, (words(each.get("caption")) for each in media)), "")


def _caption(edited: dict[str, Any]) -> str:
    """The new words of an edited message: of its text, or under its picture."""
    holders = [value for value in edited.values() if isinstance(value, dict)]
    return next(filter(None, (words(each.get("body")) or words(each.get("caption")) for each in holders)), "")


def _buttons(part: Part) -> dict[str, Any]:
    buttons = [{"type": "reply", "reply": {"id": choice.payload, "title": choice.title}} for choice in part.choices]
    return {"type": "button", "body": {"text": part.text}, "action": {"buttons": buttons}}


def _list(part: Part) -> dict[str, Any]:
    rows = [{"id": choice.payload, "title": choice.title} for choice in part.choices]
    action = {"button": speaker().texts.channels.choose, "sections": [{"rows": rows}]}
    return {"type": "list", "body": {"text": part.text}, "action": action}
