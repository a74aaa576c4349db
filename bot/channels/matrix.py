"""Matrix: an application service of the clinic's own homeserver. https://spec.matrix.org/latest/application-service-api/

The homeserver pushes events in transactions, `.../transactions/<id>` (the webhook is the `url` of the registration file).
The bot joins only rooms to which one person invites it for a direct chat, and cannot read encrypted ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from bot.channels.http import same
from bot.channels.messaging.calls import Anything, Filled, Reply, T, call, not_as_documented, seconds, told, usual_fault
from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.platform import (
    HELLO,
    Incoming,
    Kind,
    Limits,
    Part,
    Platform,
    Refused,
    Registration,
    Request,
    Response,
    Unavailable,
)
from bot.channels.messaging.reading import json_of, loosely, name_of, passed_over

_TYPING_MILLISECONDS = 20_000
# The kinds of a message that are words. A notice is what one bot says to another, and must not be answered.
_WORDS, _NOTICE = ("m.text", "m.emote"), "m.notice"
# What asks for an answer.
_WRITTEN = frozenset({"m.room.message", "m.sticker", "m.room.encrypted", "m.room.redaction"})
# Errors that stay, with whatever status they come: https://spec.matrix.org/latest/client-server-api/#standard-error-response
_STAYS = frozenset({
    "M_FORBIDDEN", "M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_SUSPENDED", "M_GUEST_ACCESS_FORBIDDEN",
    "M_EXCLUSIVE", "M_NOT_FOUND", "M_UNRECOGNIZED", "M_BAD_JSON", "M_NOT_JSON", "M_INVALID_PARAM", "M_MISSING_PARAM",
    "M_TOO_LARGE",
})  # fmt: skip


class _Event(msgspec.Struct, frozen=True):
    event_id: str = ""
    room_id: str = ""
    sender: str = ""
    type: str = ""
    content: dict[str, Any] = {}
    state_key: str | None = None


class _Transaction(msgspec.Struct, frozen=True):
    events: tuple[Any, ...]


class _Success(msgspec.Struct, frozen=True):
    event_id: Filled


class _Who(msgspec.Struct, frozen=True):
    user_id: str


class Matrix(Platform):
    """A user of the clinic's homeserver."""

    name = "matrix"
    proof = "authorization"
    largest_request = 3_000_000
    limits = Limits(text=8000)

    class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        """as_token, hs_token and id: from the registration file. user_id: @bot:clinic.example. api: the homeserver."""

        as_token: str
        hs_token: str
        user_id: str
        api: str
        id: str = "aftercheck"

    def genuine(self, request: Request, now: float) -> bool:
        """The homeserver's token is in a header."""
        return same(request.headers.get("authorization", ""), f"Bearer {self.options.hs_token}")

    def handshake(self, request: Request, now: float) -> Response | None:
        """The homeserver asks whether we are there, and which users and rooms are ours."""
        *_, what, name = urlsplit(request.url).path.split("/")
        if what == "transactions" or not self.genuine(request, now):
            return None
        ours = name == "ping" or (what == "users" and unquote(name) == self.options.user_id)
        return _json("{}") if ours else _json('{"errcode": "M_NOT_FOUND"}', 404)

    def read(self, request: Request) -> list[Incoming]:
        """The patients' events of a transaction."""
        found = [self._incoming(event) for event in json_of(request.body, _Transaction).events]
        return [incoming for incoming in found if incoming is not None]

    def _incoming(self, given: Any) -> Incoming | None:
        event = loosely(given, _Event)
        if event is None or (event.type in _WRITTEN and not (event.room_id and event.sender)):
            passed_over(self.name, event.type if event is not None else None)
            return None
        said = None if event.sender == self.options.user_id else _said(event, self.options.user_id)
        if said is None or not event.room_id or not event.sender:
            return None
        kind, text = said
        address = {"room": event.room_id, **({"invited": "yes"} if event.type == "m.room.member" else {})}
        return Incoming(id=event.event_id or name_of(given), sender=event.sender, kind=kind, text=text, address=address)

    def acknowledgement(self, request: Request) -> Response:
        """An empty object."""
        return _json("{}")

    async def send(self, address: Mapping[str, str], part: Part) -> None:
        """One notice of plain text that mentions nobody, taken once by its name; where the bot was invited, it joins first."""
        room = quote(address["room"], safe="")
        if "invited" in address:
            await self._call("POST", f"v3/join/{room}", Anything, {})
        body = {"msgtype": _NOTICE, "body": part.text, "m.mentions": {}}
        await self._call("PUT", f"v3/rooms/{room}/send/m.room.message/{part.name}", _Success, body)

    async def received(self, incoming: Incoming) -> None:
        """ "typing" is shown."""
        if "invited" not in incoming.address:
            room, user = quote(incoming.address["room"], safe=""), quote(self.options.user_id, safe="")
            body = {"typing": True, "timeout": _TYPING_MILLISECONDS}
            await self._call("PUT", f"v3/rooms/{room}/typing/{user}", Anything, body)

    async def registration(self, webhook: str | None) -> Registration:
        """Who we are to the homeserver; and then it calls our webhook, which must be served."""
        who = (await self._call("GET", "v3/account/whoami", _Who)).user_id
        try:
            await self._call("POST", f"v1/appservice/{quote(self.options.id, safe='')}/ping", Anything, {})
        except (Refused, Unavailable) as error:
            return Registration(reachable=True, registered=False, detail=f"{who}; the homeserver does not reach us: {error}")
        return Registration(reachable=True, registered=who == self.options.user_id, detail=f"{who}; the homeserver reaches us")

    async def _call(self, method: str, path: str, success: type[T], body: dict[str, Any] | None = None) -> T:
        url, headers = f"{self.options.api}/_matrix/client/{path}", {"Authorization": f"Bearer {self.options.as_token}"}
        given = {} if body is None else {"json": body}
        return await call(self.http, method, url, success, _fault, headers=headers, **given)


class MatrixChannel(MessagingChannel):
    """The channel for credentials.yml."""

    platform = Matrix


def _said(event: _Event, us: str) -> tuple[Kind, str] | None:
    """What an event is and says; None for what asks for no answer."""
    content = event.content
    if event.type == "m.room.member" and event.state_key == us:
        direct = content.get("membership") == "invite" and content.get("is_direct") is True
        return (Kind.TEXT, HELLO) if direct else None
    if event.state_key is not None or content.get("msgtype") == _NOTICE:
        return None
    if event.type == "m.room.redaction":
        return Kind.DELETED, ""
    if event.type == "m.room.encrypted":
        return Kind.EMPTY, ""
    if event.type not in ("m.room.message", "m.sticker"):
        return None
    relation, new = content.get("m.relates_to"), content.get("m.new_content")
    if isinstance(relation, dict) and relation.get("rel_type") == "m.replace" and isinstance(new, dict):
        return Kind.EDITED, _body(new)
    if content.get("msgtype") not in _WORDS:
        return Kind.MEDIA, _body(content) if "filename" in content and content["filename"] != content.get("body") else ""
    text = _without_quote(_body(content)) if isinstance(relation, dict) and "m.in_reply_to" in relation else _body(content)
    return (Kind.TEXT if text.strip() else Kind.EMPTY), text


def _body(content: dict[str, Any]) -> str:
    body = content.get("body")
    return body if isinstance(body, str) else ""


def _without_quote(text: str) -> str:
    """A reply without the lines that older clients quote before it."""
    lines = text.split("\n")
    while lines and lines[0].startswith("> "):
        lines.pop(0)
    return "\n".join(lines).strip()


def _json(body: str, status: int = 200) -> Response:
    return Response(status=status, body=body, content_type="application/json")


def _fault(reply: Reply) -> Exception | None:
    """Matrix says in the body what went wrong and, in milliseconds, how long to wait."""
    code, after = reply.body.get("errcode"), seconds(reply.body.get("retry_after_ms"), 0.001)
    if isinstance(code, str) and code in _STAYS:
        return Refused(told(reply.status, code))
    if code == "M_LIMIT_EXCEEDED":
        return Unavailable(told(reply.status, code), reply.after if after is None else after)
    fault = usual_fault(reply, code, after)
    return not_as_documented(reply) if fault is None and code is not None else fault
