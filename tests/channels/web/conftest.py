"""Sessions of the widget's channel, and what is asked of it over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.channels.web.client import new_token
from tests.serving import Answer, request

Ask = Callable[..., Answer]


@pytest.fixture
def token(site: str) -> str:
    """The token of a new session."""
    return new_token(site)


@pytest.fixture
def ask(site: str) -> Ask:
    """One request to the channel: POST with data (JSON, or bytes as they are), GET without."""

    def ask(path: str, data: Any = None, *, token: str | None = None, method: str | None = None, **headers: str) -> Answer:
        body = data if isinstance(data, bytes) or data is None else json.dumps(data).encode()
        authorization = {} if token is None else {"Authorization": f"Bearer {token}"}
        wanted = method or ("GET" if data is None else "POST")
        return request(f"{site}/webhooks/web/{path}", wanted, body, {**authorization, **headers})

    return ask
