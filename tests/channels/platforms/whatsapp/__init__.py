"""WhatsApp, from https://developers.facebook.com/docs/whatsapp/cloud-api."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from zlib import crc32

from tests.channels.platforms.simulation import Answer, Call, Sent, Simulation

SECRET = "whatsapps app secret"


class WhatsApp(Simulation):
    name = "whatsapp"
    channel = "bot.channels.whatsapp.WhatsAppChannel"
    proof = ("messages", 0, "id")
    most_buttons = 10
    group = "Y2FwaV9ncm91cDoxMjM0"

    def options(self, api: str) -> dict[str, str]:
        return {
            "access_token": "EAAGm0PX4ZCps",
            "app_secret": SECRET,
            "verify_token": "meatyhamhock",
            "phone_number_id": "106540352242922",
            "template": "please_write_again",
            "api": f"{api}/v24.0",
        }

    def headers(self, body: bytes, url: str, at: float) -> dict[str, str]:
        signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signed}"}

    def person(self, name: str) -> str:
        return str(15_550_000_000 + crc32(name.encode()) % 10_000_000)

    def beside(self, odd: Any, good: Any) -> Any:
        return {**good, "entry": [*odd["entry"], *good["entry"]]}

    def said(self, call: Call) -> Sent | None:
        kind, to = call.body and call.body.get("type"), call.body and call.body.get("to", call.body.get("recipient"))
        if kind == "text":
            return Sent(to, call.body["text"]["body"])
        if kind == "template":
            return Sent(to, f"template {call.body['template']['name']}")
        if kind != "interactive":
            return None
        interactive = call.body["interactive"]
        if interactive["type"] == "button":
            buttons = [button["reply"] for button in interactive["action"]["buttons"]]
        else:
            buttons = [row for section in interactive["action"]["sections"] for row in section["rows"]]
        return Sent(to, interactive["body"]["text"], tuple((button["title"], button["id"]) for button in buttons))

    def answer(self, call: Call) -> Answer:
        if call.method == "GET":
            webhook = {"phone_number": "https://bot.clinic.example/webhooks/whatsapp/webhook"}
            return Answer(200, {"display_phone_number": "+1 555", "webhook_configuration": webhook, "id": "106540352242922"})
        return Answer(200, {"messaging_product": "whatsapp", "messages": [{"id": "wamid.HBgLMTY0"}]})

    def busy(self, seconds: int) -> Answer:
        error = {"message": "(#130429) Rate limit hit", "type": "OAuthException", "code": 130429}
        return Answer(400, {"error": error}, {"Retry-After": str(seconds)})

    def refusal(self) -> Answer:
        return Answer(400, {"error": {"message": "(#131026) Message undeliverable", "code": 131026}})


PLATFORM = WhatsApp
