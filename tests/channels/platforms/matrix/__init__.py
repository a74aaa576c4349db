"""Matrix, from https://spec.matrix.org/latest/application-service-api and /client-server-api."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from tests.channels.platforms.simulation import Answer, Call, Sent, Simulation

BOT = "@aftercheck:clinic.example"


class Matrix(Simulation):
    name = "matrix"
    channel = "bot.channels.matrix.MatrixChannel"
    proof = ("event_id",)
    method = "PUT"

    def options(self, api: str) -> dict[str, str]:
        return {"as_token": "as-secret", "hs_token": "hs-secret", "user_id": BOT, "api": api}

    def headers(self, body: bytes, url: str, at: float) -> dict[str, str]:
        return {"Content-Type": "application/json", "Authorization": "Bearer hs-secret"}

    def path(self, number: int) -> str:
        return f"/_matrix/app/v1/transactions/{number}"

    def person(self, name: str) -> str:
        return f"@{name}:clinic.example"

    def chat(self, name: str) -> str:
        return f"!{name}:clinic.example"

    def values(self, number: int, sender: str, text: str) -> dict[str, object]:
        return {**super().values(number, sender, text), "$CHAT": self.chat(sender)}

    def beside(self, odd: Any, good: Any) -> Any:
        return {"events": [*odd["events"], *good["events"]]}

    def said(self, call: Call) -> Sent | None:
        _, _, room = call.path.partition("/rooms/")
        if "/send/m.room.message/" not in room:
            return None
        return Sent(unquote(room.split("/")[0]), call.body["body"])

    def answer(self, call: Call) -> Answer:
        if call.path.endswith("/whoami"):
            return Answer(200, {"user_id": BOT})
        if call.path.endswith("/ping"):
            return Answer(200, {"duration_ms": 12})
        return Answer(200, {"event_id": "$sent"} if "/send/" in call.path else {})

    def same(self, call: Call) -> str:
        return call.path

    def busy(self, seconds: int) -> Answer:
        return Answer(429, {"errcode": "M_LIMIT_EXCEEDED", "error": "Too many requests", "retry_after_ms": seconds * 1000})

    def refusal(self) -> Answer:
        return Answer(403, {"errcode": "M_FORBIDDEN", "error": "@aftercheck:clinic.example not in room"})


PLATFORM = Matrix
