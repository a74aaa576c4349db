"""Session tokens: issued and signed by the server, so that nobody can name another one's conversation.

A token is `<id>.<expiry>.<signature>`, the signature a keyed hash of the rest (bot.state.state.State.hashed).
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
    """Issues and checks tokens. `sign` gives the signature of a text."""

    def __init__(self, sign: Callable[[str], str]) -> None:
        self._sign = sign

    def issue(self) -> Session:
        """A new session."""
        expires_at = int(time.time()) + SESSION_SECONDS
        body = f"{secrets.token_urlsafe(18)}.{expires_at}"
        return Session(f"{body}.{self._sign(body)}", expires_at)

    def check(self, token: str) -> str | None:
        """The session id of a valid token; None when it is forged or has expired."""
        body, _, signature = token.rpartition(".")
        session, _, expiry = body.rpartition(".")
        if not session or not same(signature, self._sign(body)):
            return None
        return session if int(expiry) > time.time() else None
