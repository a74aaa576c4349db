"""Telegram, from https://core.telegram.org/bots/api."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from tests.channels.platforms.simulation import Answer, Call, Sent, Simulation


class Telegram(Simulation):
    name = "telegram"
    channel = "bot.channels.telegram.TelegramChannel"
    proof = ("result", "message_id")
    most_buttons = 100
    group = "-1001234567890"
    sends_batches = False

    def options(self, api: str) -> dict[str, str]:
        return {"token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "secret_token": "telegrams-secret_1", "api": api}

    def headers(self, body: bytes, url: str, at: float) -> dict[str, str]:
        return {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": "telegrams-secret_1"}

    def person(self, name: str) -> int:
        return 10_000 + crc32(name.encode()) % 1_000_000_000

    def said(self, call: Call) -> Sent | None:
        if not call.path.endswith("/sendMessage"):
            return None
        rows = (call.body.get("reply_markup") or {}).get("inline_keyboard", [])
        choices = tuple((button["text"], button["callback_data"]) for row in rows for button in row)
        return Sent(str(call.body["chat_id"]), call.body["text"], choices)

    def answer(self, call: Call) -> Answer:
        result: Any = True
        if call.path.endswith("/getWebhookInfo"):
            result = {"url": "https://bot.clinic.example/webhooks/telegram/webhook", "pending_update_count": 0}
        elif call.path.endswith("/sendMessage"):
            result = {"message_id": 1, "date": 1441645532, "chat": {"id": call.body["chat_id"], "type": "private"}}
        return Answer(200, {"ok": True, "result": result})

    def busy(self, seconds: int) -> Answer:
        said = {"ok": False, "error_code": 429, "description": f"Too Many Requests: retry after {seconds}"}
        return Answer(429, {**said, "parameters": {"retry_after": seconds}})

    def refusal(self) -> Answer:
        return Answer(403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"})


PLATFORM = Telegram
