"""Messenger, from https://developers.facebook.com/docs/messenger-platform."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from zlib import crc32

from tests.channels.platforms.simulation import Answer, Call, Sent, Simulation

SECRET = "messengers app secret"


class Messenger(Simulation):
    name = "messenger"
    channel = "bot.channels.messenger.MessengerChannel"
    proof = ("message_id",)
    most_buttons = 13

    def options(self, api: str) -> dict[str, str]:
        return {
            "page_access_token": "EAAPageToken",
            "app_secret": SECRET,
            "verify_token": "meatyhamhock",
            "human_app_id": "263902037430900",
            "api": f"{api}/v24.0",
        }

    def headers(self, body: bytes, url: str, at: float) -> dict[str, str]:
        signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signed}"}

    def person(self, name: str) -> str:
        return str(1_254_459_000_000 + crc32(name.encode()) % 1_000_000)

    def beside(self, odd: Any, good: Any) -> Any:
        return {"object": "page", "entry": [*odd["entry"], *good["entry"]]}

    def said(self, call: Call) -> Sent | None:
        message = (call.body or {}).get("message")
        if message is None:
            return None
        choices = tuple((reply["title"], reply["payload"]) for reply in message.get("quick_replies", []))
        return Sent(call.body["recipient"]["id"], message["text"], choices)

    def answer(self, call: Call) -> Answer:
        if call.method == "GET":
            app = {"id": "1", "name": "Aftercheck", "subscribed_fields": ["messages", "messaging_postbacks"]}
            return Answer(200, {"data": [app]})
        if call.path.endswith("/pass_thread_control"):
            return Answer(200, {"success": True})
        return Answer(200, {"recipient_id": call.body["recipient"]["id"], "message_id": "m_AG5Hz2U"})

    def busy(self, seconds: int) -> Answer:
        error = {"message": "Calls to this API have exceeded the rate limit", "type": "OAuthException", "code": 613}
        return Answer(400, {"error": error}, {"Retry-After": str(seconds)})

    def refusal(self) -> Answer:
        error = {"message": "This person isn't available right now.", "code": 551, "error_subcode": 1545041}
        return Answer(400, {"error": error})


PLATFORM = Messenger
