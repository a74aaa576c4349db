"""What leaves the program: a message with its text, its buttons and the machine-readable part."""

from __future__ import annotations

from typing import Any

import msgspec


class Button(msgspec.Struct, frozen=True):
    """A quick reply: `payload` is sent back as if it had been typed."""

    title: str
    payload: str


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One message to the patient. `custom` is the machine-readable part of DESIGN.md, contract 3."""

    text: str
    buttons: tuple[Button, ...] = ()
    custom: dict[str, Any] | None = None
