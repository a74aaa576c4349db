"""Slack, from https://docs.slack.dev. Signed here as its documentation says, without its library."""

from __future__ import annotations

import hashlib
import hmac
from html import unescape
from zlib import crc32

from tests.channels.platforms.simulation import Answer, Call, Sent, Simulation

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


class Slack(Simulation):
    name = "slack"
    channel = "bot.channels.slack.SlackChannel"
    proof = ("ts",)
    most_buttons = 25
    group = "C0LAN2Q65"
    sends_batches = False

    def options(self, api: str) -> dict[str, str]:
        return {"bot_token": "xoxb-1-2-3", "signing_secret": SECRET, "api": f"{api}/api"}

    def headers(self, body: bytes, url: str, at: float) -> dict[str, str]:
        signed = hmac.new(SECRET.encode(), f"v0:{int(at)}:".encode() + body, hashlib.sha256).hexdigest()
        kind = "application/json" if body.startswith(b"{") else "application/x-www-form-urlencoded"
        return {"Content-Type": kind, "X-Slack-Request-Timestamp": str(int(at)), "X-Slack-Signature": f"v0={signed}"}

    def person(self, name: str) -> str:
        return f"U{crc32(name.encode()):010}"

    def chat(self, name: str) -> str:
        return f"D{crc32(name.encode()):010}"

    def values(self, number: int, sender: str, text: str) -> dict[str, object]:
        return {**super().values(number, sender, text), "$CHAT": self.chat(sender)}

    def said(self, call: Call) -> Sent | None:
        if not call.path.endswith("/chat.postMessage"):
            return None
        choices = tuple(
            (unescape(button["text"]["text"]), button["value"])
            for block in call.body["blocks"]
            if block["type"] == "actions"
            for button in block["elements"]
        )
        return Sent(call.body["channel"], unescape(call.body["blocks"][0]["text"]["text"]), choices)

    def answer(self, call: Call) -> Answer:
        if call.path.endswith("/auth.test"):
            return Answer(200, {"ok": True, "user": "aftercheck", "team": "Clinic"})
        return Answer(200, {"ok": True, "channel": call.body["channel"], "ts": "1503435956.000247"})

    def busy(self, seconds: int) -> Answer:
        return Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(seconds)})

    def refusal(self) -> Answer:
        return Answer(200, {"ok": False, "error": "account_inactive"})


PLATFORM = Slack
