"""What WhatsApp and Messenger share: Meta's webhooks and its Graph API.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started (the handshake, X-Hub-Signature-256)
https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Iterable
from typing import Any

from bot.channels.http import same
from bot.channels.messaging.calls import Reply, not_as_documented, told, usual_fault
from bot.channels.messaging.platform import Platform, Refused, Request, Response, Unavailable, WindowClosed

logger = logging.getLogger(__name__)

API = "https://graph.facebook.com/v24.0"
# Errors that pass: of the Graph API (1, 2: down; 4, 17, 32, 341, 613: too many calls), of WhatsApp (80007, 130429, 131048,
# 131056: too many messages; 131000, 131016, 133004: down) and of Messenger (1200: down).
_PASSING = frozenset({1, 2, 4, 17, 32, 341, 613, 1200, 80007, 130429, 131000, 131016, 131048, 131056, 133004})
# More than 24 hours since the patient's last message: of WhatsApp, and of Messenger.
_WINDOW_CLOSED = frozenset({"131047", "10.2018278"})


class MetaPlatform(Platform):
    """A platform of Meta; its Options have `app_secret` and `verify_token`."""

    proof = "x-hub-signature-256"
    largest_request = 3_000_000

    def genuine(self, request: Request, now: float) -> bool:
        """The app secret signs the raw bytes (SHA-256; the older SHA-1 signature is not looked at)."""
        signed = hmac.new(self.options.app_secret.encode(), request.body, hashlib.sha256).hexdigest()
        return request.method == "POST" and same(request.headers.get("x-hub-signature-256", ""), f"sha256={signed}")

    def handshake(self, request: Request, now: float) -> Response | None:
        """Meta asks once whether the webhook is ours: who knows the verify token gets the challenge back."""
        if request.method != "GET":
            return None
        asked = request.query.get("hub.mode") == "subscribe"
        if asked and same(request.query.get("hub.verify_token", ""), self.options.verify_token):
            return Response(body=request.query.get("hub.challenge", ""))
        return Response(status=403, body="refused")


def graph_fault(reply: Reply) -> Exception | None:
    """What the Graph API says went wrong: its code, and whether it will pass."""
    error = reply.body.get("error")
    error = error if isinstance(error, dict) else {}
    code = _code_of(error)
    known = error.get("code")
    if code in _WINDOW_CLOSED:
        return WindowClosed(told(reply.status, code))
    if error.get("is_transient") is True or (isinstance(known, int) and known in _PASSING):
        return Unavailable(told(reply.status, code), reply.after)
    if "error" in reply.body and 200 <= reply.status < 300:
        return not_as_documented(reply) if code is None else Refused(told(reply.status, code))
    return usual_fault(reply, code)


def _code_of(error: dict[str, Any]) -> str | None:
    """The code of an error of the Graph API, with its subcode."""
    numbers = [error[name] for name in ("code", "error_subcode") if isinstance(error.get(name), int)]
    return ".".join(map(str, numbers)) if numbers else None


def log_failures(channel: str, statuses: Iterable[Any]) -> None:
    """Tell what Meta took and could not deliver all the same: its code alone."""
    for status in statuses:
        errors = status.get("errors") if isinstance(status, dict) else None
        for error in errors if isinstance(errors, list) else []:
            logger.error("%s: a message was not delivered: %s", channel, _code_of(error) if isinstance(error, dict) else "?")
