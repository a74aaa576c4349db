"""The base of every channel: whatever a channel receives goes through `answer`, and so through the frame."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import InputChannel
from starlette.routing import BaseRoute

from bot.channels.converse import OnNewMessage, converse
from bot.channels.http import Edge
from bot.settings import SettingsError
from bot.wording.reply import Reply


async def _nothing() -> None:
    """A channel that has nothing to start or stop."""


@dataclass(frozen=True)
class Served:
    """A channel as a server serves it: its routes below /webhooks/<name>, and what it does when the server starts and stops.

    `stop` comes before the connections are closed, so that nobody waits for what will not come.
    """

    routes: Sequence[BaseRoute]
    start: Callable[[], Awaitable[None]] = _nothing
    stop: Callable[[], Awaitable[None]] = _nothing


class Channel(InputChannel):
    """A way in. credentials.yml may name only classes that extend this one: Rasa's own channels know no frame."""

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Channel:
        """Made from its entry in credentials.yml. Raises SettingsError: the entry of a plain channel is empty."""
        if credentials:
            raise SettingsError(f"`{next(iter(credentials))}` is no option of {cls.__module__}.{cls.__name__}; it takes none")
        return cls()

    def serve(self, on_new_message: OnNewMessage, edge: Edge) -> Served:
        """The channel for a server of ours."""
        raise NotImplementedError

    def blueprint(self, on_new_message: OnNewMessage) -> Any:
        """The channel in Rasa's own server, `rasa run`: there is REST there, and nothing else."""
        from sanic import Blueprint

        return Blueprint(f"aftercheck_{self.name()}")

    async def answer(self, on_new_message: OnNewMessage, sender: str, text: str, unread: str = "empty") -> list[Reply]:
        """The replies to a message of a sender of this channel; at least one. `unread`: what is said to one without words."""
        return await converse(on_new_message, self.name(), sender, text, unread)
