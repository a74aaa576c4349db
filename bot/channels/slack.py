"""Slack: the Events API, Block Kit buttons and the Web API. https://docs.slack.dev

Events: /apis/events-api; signatures: /authentication/verifying-requests-from-slack; pressed buttons:
/reference/interaction-payloads/block_actions-payload; sending: /reference/methods/chat.postMessage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import msgspec
from slack_sdk.signature import Clock, SignatureVerifier

from bot.channels.messaging import platform as base
from bot.channels.messaging.calls import Filled, Reply, T, call, not_as_documented, told, usual_fault
from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.platform import Incoming, Kind, Limits, Malformed, Part, Request, Response
from bot.channels.messaging.reading import form_of, json_of, loosely, name_of, passed_over

# Errors of the Web API that pass; any other stays.
_PASSING = frozenset({
    "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
    "team_added_to_org", "org_login_required",
})  # fmt: skip
# `<https://a.example|a>`, `<@U123>`: how Slack writes links and names into a text.
_MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


class _Update(msgspec.Struct, frozen=True):
    type: str = ""
    challenge: str = ""
    event_id: str = ""
    event: Any = None


class _Message(msgspec.Struct, frozen=True):
    """A message or a mention; `message` and `previous_message` are what an edit makes of it and what it was."""

    type: str = ""
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


class _Named(msgspec.Struct, frozen=True):
    id: str = ""


class _Container(msgspec.Struct, frozen=True):
    message_ts: str = ""
    thread_ts: str = ""


class _Action(msgspec.Struct, frozen=True):
    action_id: str = ""
    action_ts: str = ""
    value: str = ""


class _Interaction(msgspec.Struct, frozen=True):
    type: str = ""
    user: _Named = _Named()
    channel: _Named = _Named()
    container: _Container = _Container()
    actions: tuple[Any, ...] = ()


class _Success(msgspec.Struct, frozen=True):
    ts: Filled


class _Bot(msgspec.Struct, frozen=True):
    user: str = "without a name"
    team: str = "a workspace without a name"


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
            update = loosely(json_of(request.body, dict[str, Any]), _Update) or _Update()
        except Malformed:
            return None
        return Response(body=update.challenge) if update.type == "url_verification" else None

    def read(self, request: Request) -> list[Incoming]:
        """An event, or a pressed button. Messages of bots, our own among them, are left alone."""
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            payload = form_of(request).get("payload")
            return list(_pressed(json_of(payload.encode(), dict[str, Any]))) if payload else []
        given = json_of(request.body, dict[str, Any])
        update = loosely(given, _Update) or _Update()
        if update.type != "event_callback":
            return []
        event = loosely(update.event, _Message)
        if event is None:
            raise Malformed
        if event.type not in ("message", "app_mention"):
            return []
        if not event.channel:
            passed_over(self.name, event.subtype or event.type)
            return []
        found = _incoming(update.event_id or name_of(given), event, mentioned=event.type == "app_mention")
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
        await self._call("chat.postMessage", body, _Success)

    async def registration(self, webhook: str | None) -> base.Registration:
        """Slack tells who the bot is, and not where its events go."""
        found = await self._call("auth.test", {}, _Bot)
        return base.Registration(reachable=True, registered=None, detail=f"bot {found.user} in {found.team}")

    async def _call(self, method: str, body: dict[str, Any], success: type[T]) -> T:
        url, headers = f"{self.options.api}/{method}", {"Authorization": f"Bearer {self.options.bot_token}"}
        return await call(self.http, "POST", url, success, _fault, json=body, headers=headers)


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
    private = event.channel_type == "im" or (not event.channel_type and event.channel.startswith("D"))
    if not private or now.bot_id or (before is not None and before.bot_id):
        return None
    # Who is not named writes in a chat that only they and the bot are in.
    sender, text = now.user or event.channel, _words(now.text)
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


def _pressed(given: dict[str, Any]) -> Iterator[Incoming]:
    """The pressed buttons of an interaction; each says its value. Chats with one person have an id that begins with D."""
    interaction = loosely(given, _Interaction) or _Interaction()
    channel, of, thread = interaction.channel.id, interaction.container.message_ts, interaction.container.thread_ts
    if interaction.type != "block_actions" or not channel.startswith("D"):
        return
    address = {"channel": channel, **({"thread_ts": thread} if thread else {})}
    for each in interaction.actions:
        action = loosely(each, _Action) or _Action()
        if action.value:
            name = f"{channel}:{of}:{action.action_id}:{action.action_ts}" if action.action_ts else name_of(given)
            sender = interaction.user.id or channel
            yield Incoming(id=name, sender=sender, kind=Kind.TEXT, text=action.value, address=address)


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
    fault, code = usual_fault(reply), reply.body.get("error")
    if fault is not None or reply.body.get("ok") is True:
        return fault
    if not isinstance(code, str):
        return not_as_documented(reply)
    says = told(reply.status, code)
    return base.Unavailable(says, reply.after) if code in _PASSING else base.Refused(says)
