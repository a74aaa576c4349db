"""Text messages and WhatsApp through Twilio. https://www.twilio.com/docs/messaging

Webhook: /guides/webhook-request; its signature: https://www.twilio.com/docs/usage/webhooks/webhooks-security; sending:
/api/message-resource. Twilio signs the address that it calls, so that address must be known behind a proxy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
from twilio.request_validator import RequestValidator

from bot.channels.messaging.calls import Filled, Reply, T, call, not_as_documented, told, usual_fault
from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.platform import (
    Incoming,
    Kind,
    Limits,
    Malformed,
    Part,
    Platform,
    Refused,
    Registration,
    Request,
    Response,
    Unavailable,
    WindowClosed,
)
from bot.channels.messaging.reading import form_of

_API = "https://api.twilio.com"
# Too many requests or messages, and a queue that is full: https://www.twilio.com/docs/api/errors
_PASSING = frozenset({14107, 20429, 30001, 30022, 63018, 63038})
# More than 24 hours since the patient's last message on WhatsApp.
_WINDOW_CLOSED = 63016
# What comes with a message that holds more than words.
_MORE = ("Latitude", "SharedContact")
# What becomes of a message that Twilio does not try to deliver.
_FAILED = frozenset({"failed", "undelivered", "canceled"})


class _Success(msgspec.Struct, frozen=True):
    sid: Filled


class _Number(msgspec.Struct, frozen=True):
    phone_number: str = "?"
    sms_url: str | None = None


class _Numbers(msgspec.Struct, frozen=True):
    incoming_phone_numbers: tuple[_Number, ...] = ()


class Twilio(Platform):
    """A phone number at Twilio."""

    name = "twilio"
    proof = "x-twilio-signature"
    limits = Limits(text=1600)
    opt_out: ClassVar[bool] = True

    class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        """account_sid and auth_token: from the console. url: the webhook's public address, if a proxy does not tell it."""

        account_sid: str
        auth_token: str
        url: str | None = None
        api: str = _API

    def genuine(self, request: Request, now: float) -> bool:
        """The auth token signs the public address and the fields."""
        url, signature = self.options.url or request.url, request.headers.get("x-twilio-signature", "")
        try:
            fields = form_of(request)
            return bool(RequestValidator(self.options.auth_token).validate(url, fields, signature))
        except (Malformed, ValueError):  # no form, or no address
            return False

    def read(self, request: Request) -> list[Incoming]:
        """One message; what tells of a message of ours (a status) is left alone."""
        fields = form_of(request)
        status = fields.get("MessageStatus") or fields.get("SmsStatus")
        if status is not None and status != "received":
            return []
        name, sender = fields.get("MessageSid") or fields.get("SmsSid"), fields.get("From")
        if not name or not sender:
            raise Malformed
        text = fields.get("ButtonText") or fields.get("ButtonPayload") or fields.get("Body", "")
        if fields.get("NumMedia", "0") not in ("", "0") or any(field in fields for field in _MORE):
            kind = Kind.MEDIA
        else:
            kind = Kind.TEXT if text.strip() else Kind.EMPTY
        address = {"to": sender, "from": fields.get("To", "")}
        return [Incoming(id=name, sender=sender, kind=kind, text=text, address=address)]

    def acknowledgement(self, request: Request) -> Response:
        """Empty TwiML: any other text would be sent to the patient."""
        return Response(body="<Response></Response>", content_type="text/xml; charset=utf-8")

    async def send(self, address: Mapping[str, str], part: Part) -> None:
        """One message, from the number that was written to."""
        fields = {"To": address["to"], "From": address["from"], "Body": part.text}
        await self._call("POST", "Messages.json", _Success, data=fields)

    async def registration(self, webhook: str | None) -> Registration:
        """Which addresses the account's numbers call. WhatsApp senders have theirs in the console alone."""
        found = await self._call("GET", "IncomingPhoneNumbers.json", _Numbers)
        urls = {number.phone_number: number.sms_url or "no address" for number in found.incoming_phone_numbers}
        detail = "; ".join(f"{number} calls {url}" for number, url in urls.items()) or "the account has no phone number"
        wanted = webhook or self.options.url
        return Registration(reachable=True, registered=wanted in urls.values() if wanted else None, detail=detail)

    async def _call(self, method: str, path: str, success: type[T], **request: Any) -> T:
        url = f"{self.options.api}/2010-04-01/Accounts/{self.options.account_sid}/{path}"
        login = (self.options.account_sid, self.options.auth_token)
        return await call(self.http, method, url, success, _fault, auth=login, **request)


class TwilioChannel(MessagingChannel):
    """The channel for credentials.yml."""

    platform = Twilio


def _fault(reply: Reply) -> Exception | None:
    """Twilio tells its code beside a status of HTTP, or in the message that it took and does not deliver."""
    code = reply.body.get("code") or reply.body.get("error_code")
    known = isinstance(code, int)
    if known and code == _WINDOW_CLOSED:
        return WindowClosed(told(reply.status, code))
    if known and code in _PASSING:
        return Unavailable(told(reply.status, code), reply.after)
    fault = usual_fault(reply, code)
    if fault is None and known:
        return Refused(told(reply.status, code))
    failed = reply.body.get("status") in _FAILED if isinstance(reply.body.get("status"), str) else False
    return not_as_documented(reply) if fault is None and failed else fault
