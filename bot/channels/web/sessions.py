"""Session tokens: issued and signed by the server, so that nobody can name another one's conversation.

A token is `<id>.<expiry>.<signature>`, the signature a keyed hash of the rest (bot.state.state.State.hashed). What is kept
of a session goes by another keyed hash of its id: nothing in the store helps to make a token.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import msgspec

from bot.channels.http import same

SESSION_SECONDS = 12 * 3600


class Session(msgspec.Struct, frozen=True):
    """A new session for a browser: its token, and the Unix time at which it ends."""

    token: str
    expires_at: int


class Sessions:
    """Issues and checks tokens. `hashed` gives a keyed hash for a purpose and a text."""

    def __init__(self, hashed: Callable[[str, str], str]) -> None:
        self._hashed = hashed

    def issue(self) -> Session:
        """A new session."""
        expires_at = int(time.time()) + SESSION_SECONDS
        body = f"{secrets.token_urlsafe(18)}.{expires_at}"
        return Session(f"{body}.{self._signature(body)}", expires_at)

    def check(self, token: str) -> str | None:
        """The name under which the session of a valid token is kept; None when the token is forged or has expired."""
        if not token.isascii():
            return None
        body, _, signature = token.rpartition(".")
        if not same(signature, self._signature(body)):
            return None
        session, _, expiry = body.partition(".")
        return self._hashed("web", session) if int(expiry) > time.time() else None

    def _signature(self, body: str) -> str:
        return self._hashed("web session", body)
