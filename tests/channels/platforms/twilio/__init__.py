"""Twilio, from https://www.twilio.com/docs/messaging. Signed here as its documentation says, without its library."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl
from zlib import crc32

from tests.channels.platforms.simulation import Answer, Call, Sent, Simulation

TOKEN = "12345"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
NUMBER = "+15005550006"


class Twilio(Simulation):
    name = "twilio"
    channel = "bot.channels.twilio.TwilioChannel"
    proof = ("sid",)
    sends_batches = False

    def options(self, api: str) -> dict[str, str]:
        return {"account_sid": ACCOUNT, "auth_token": TOKEN, "api": api}

    def headers(self, body: bytes, url: str, at: float) -> dict[str, str]:
        fields = sorted(parse_qsl(body.decode(), keep_blank_values=True))
        signed = url + "".join(name + value for name, value in fields)
        digest = hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
        return {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": base64.b64encode(digest).decode(),
        }

    def person(self, name: str) -> str:
        return f"+1415{1_000_000 + crc32(name.encode()) % 8_000_000}"

    def said(self, call: Call) -> Sent | None:
        return Sent(call.body["To"], call.body["Body"]) if call.path.endswith("/Messages.json") else None

    def answer(self, call: Call) -> Answer:
        if call.method == "GET":
            number = {"phone_number": NUMBER, "sms_url": "https://bot.clinic.example/webhooks/twilio/webhook"}
            return Answer(200, {"incoming_phone_numbers": [number]})
        return Answer(201, {"sid": "SM87105da94bff44b999e4e6eb90d8eb6a", "status": "queued"})

    def busy(self, seconds: int) -> Answer:
        body = {"code": 20429, "message": "Too Many Requests", "status": 429}
        return Answer(429, body, {"Retry-After": str(seconds)})

    def refusal(self) -> Answer:
        return Answer(400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400})


PLATFORM = Twilio
