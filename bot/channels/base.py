"""The base of every channel: whatever a channel receives goes through `answer`, and so through the frame."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import InputChannel

from bot.channels.converse import OnNewMessage, converse
from bot.settings import SettingsError
from bot.wording.reply import Reply


class Channel(InputChannel):
    """A way in. credentials.yml may name only classes that extend this one: Rasa's own channels know no frame."""

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Channel:
        """Made from its entry in credentials.yml. Raises SettingsError: the entry of a plain channel is empty."""
        if credentials:
            raise SettingsError(f"`{next(iter(credentials))}` is no option of {cls.__module__}.{cls.__name__}; it takes none")
        return cls()

    async def answer(self, on_new_message: OnNewMessage, sender: str, text: str, unread: str = "empty") -> list[Reply]:
        """The replies to a message of a sender of this channel; at least one. `unread`: what is said to one without words."""
        return await converse(on_new_message, self.name(), sender, text, unread)
