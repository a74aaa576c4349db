"""Slack: the Events API, Block Kit buttons and the Web API. https://docs.slack.dev

Events: /apis/events-api; signatures: /authentication/verifying-requests-from-slack; pressed buttons:
/reference/interaction-payloads/block_actions-payload; sending: /reference/methods/chat.postMessage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

import msgspec
from slack_sdk.signature import Clock, SignatureVerifier

from bot.channels.messaging import platform as base
from bot.channels.messaging.calls import Reply, call, form_of, json_of, told, usual_fault
from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.platform import Incoming, Kind, Limits, Malformed, Part, Request, Response

# Errors of the Web API that pass; any other stays.
_PASSING = frozenset({"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})
# `<https://a.example|a>`, `<@U123>`: how Slack writes links and names into a text.
_MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


class _Update(msgspec.Struct, frozen=True):
    type: str
    challenge: str = ""
    event_id: str = ""
    event: msgspec.Raw = msgspec.Raw(b"{}")


class _Message(msgspec.Struct, frozen=True):
    """A message or a mention; `message` and `previous_message` are what an edit makes of it and what it was."""

    channel: str = ""
    channel_type: str = ""
    subtype: str | None = None
    user: str = ""
    text: str = ""
    bot_id: str | None = None
    files: tuple[Any, ...] = ()
    thread_ts: str | None = None
    message: _Message | None = None
    previous_message: _Message | None = None


class _Interaction(msgspec.Struct, frozen=True):
    type: str
    user: dict[str, Any] = {}
    channel: dict[str, Any] = {}
    container: dict[str, Any] = {}
    actions: tuple[dict[str, Any], ...] = ()


class Slack(base.Platform):
    """A Slack app with a bot."""

    name = "slack"
    proof = "x-slack-signature"
    limits = Limits(text=3000, choices=25, choice_title=75, choice_payload=2000, units="escaped")

    class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        """bot_token: xoxb-..., from "OAuth & Permissions". signing_secret: from "Basic Information"."""

        bot_token: str
        signing_secret: str
        api: str = "https://slack.com/api"

    def genuine(self, request: Request, now: float) -> bool:
        """The signing secret signs the raw bytes and the time, which is at most 5 minutes ago."""
        try:
            return bool(
                SignatureVerifier(self.options.signing_secret, _At(now)).is_valid_request(request.body, request.headers)
            )
        except (ValueError, TypeError):  # a time that is no number, a signature or a body of odd bytes
            return False

    def handshake(self, request: Request, now: float) -> Response | None:
        """Slack tests the address of events once."""
        if b"url_verification" not in request.body or not self.genuine(request, now):
            return None
        try:
            update = json_of(request.body, _Update)
        except Malformed:
            return None
        return Response(body=update.challenge) if update.type == "url_verification" else None

    def read(self, request: Request) -> list[Incoming]:
        """An event, or a pressed button. Messages of bots, our own among them, are left alone."""
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            payload = form_of(request).get("payload")
            return _pressed(json_of(payload.encode(), _Interaction)) if payload else []
        update = json_of(request.body, _Update)
        kind = json_of(update.event, dict[str, Any]).get("type") if update.type == "event_callback" else None
        if kind not in ("message", "app_mention"):
            return []
        if not update.event_id:
            raise Malformed
        found = _incoming(update.event_id, json_of(update.event, _Message), mentioned=kind == "app_mention")
        return [found] if found is not None and found.sender else []

    async def send(self, address: Mapping[str, str], part: Part) -> None:
        """One message of plain text: no markup, no mentions, no previews; its choices as buttons."""
        blocks: list[dict[str, Any]] = [{"type": "section", "text": _plain(part.text)}]
        if part.choices:
            blocks.append({"type": "actions", "elements": [_button(n, choice) for n, choice in enumerate(part.choices)]})
        body = {
            **address,
            "text": escape(part.text, quote=False),
            "blocks": blocks,
            "mrkdwn": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        await self._call("chat.postMessage", body)

    async def registration(self, webhook: str | None) -> base.Registration:
        """Slack tells who the bot is, and not where its events go."""
        found = await self._call("auth.test", {})
        detail = f"bot {found.get('user')} in {found.get('team')}"
        return base.Registration(reachable=True, registered=None, detail=detail)

    async def _call(self, method: str, body: dict[str, Any]) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {self.options.bot_token}"}
        return await call(self.http, "POST", f"{self.options.api}/{method}", _fault, json=body, headers=headers)


class SlackChannel(MessagingChannel):
    """The channel for credentials.yml."""

    platform = Slack


class _At(Clock):
    """The time of the request."""

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now


def _incoming(name: str, event: _Message, *, mentioned: bool) -> Incoming | None:
    """A message of a patient; None for what asks for no answer. In a channel only a mention speaks to the bot."""
    address = {"channel": event.channel, **({"thread_ts": event.thread_ts} if event.thread_ts else {})}
    if mentioned or (event.channel_type == "mpim" and not event.bot_id):
        return Incoming(id=name, sender=event.channel, kind=Kind.GROUP, address=address, addressed=mentioned)
    now, before = event.message or event, event.previous_message
    if event.channel_type != "im" or now.bot_id or (before is not None and before.bot_id):
        return None
    sender, text = now.user, _words(now.text)
    if event.subtype == "message_changed":
        if before is not None and before.text == now.text:
            return None  # the preview of a link was added
        kind = Kind.EDITED
    elif event.subtype == "message_deleted":
        kind, sender, text = Kind.DELETED, before.user if before else "", ""
    elif event.subtype in (None, "file_share", "thread_broadcast"):
        kind = Kind.MEDIA if event.files else Kind.TEXT if text.strip() else Kind.EMPTY
    else:
        return None
    return Incoming(id=name, sender=sender, kind=kind, text=text, address=address)


def _pressed(interaction: _Interaction) -> list[Incoming]:
    """The pressed buttons of an interaction; each says its value. Chats with one person have an id that begins with D."""
    person, channel = str(interaction.user.get("id", "")), str(interaction.channel.get("id", ""))
    if interaction.type != "block_actions" or not person or not channel.startswith("D"):
        return []
    of, thread = interaction.container.get("message_ts"), interaction.container.get("thread_ts")
    address = {"channel": channel, **({"thread_ts": str(thread)} if thread else {})}
    return [
        Incoming(
            id=f"{channel}:{of}:{action.get('action_id')}:{action.get('action_ts')}",
            sender=person,
            kind=Kind.TEXT,
            text=str(action["value"]),
            address=address,
        )
        for action in interaction.actions
        if action.get("value")
    ]


def _words(text: str) -> str:
    """A text of Slack as it was typed."""
    text = _MARKED.sub(lambda marked: marked[2] or marked[1], text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _plain(text: str) -> dict[str, Any]:
    """Text in which Slack finds no link, no name and no @channel."""
    return {"type": "plain_text", "text": escape(text, quote=False), "emoji": False}


def _button(number: int, choice: base.Choice) -> dict[str, Any]:
    return {"type": "button", "text": _plain(choice.title), "value": choice.payload, "action_id": f"choice_{number}"}


def _fault(reply: Reply) -> Exception | None:
    """Slack answers 200 also when it refuses; `error` says why."""
    fault = usual_fault(reply)
    if fault is not None or reply.body.get("ok") is True:
        return fault
    code = reply.body.get("error")
    return (base.Unavailable if code in _PASSING else base.Refused)(told(reply.status, code))
