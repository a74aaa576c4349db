"""What is kept: a message that came in, a reply that goes out, and where a conversation stands.

Everything that a patient wrote or reads is bytes here: it is sealed (bot/state/seal.py) before a backend sees it.
Times are Unix times in seconds.
"""

from __future__ import annotations

import msgspec

# How long the id of a message is remembered, so that a retry of it is not answered again.
KEEP_MESSAGES_SECONDS = 7 * 24 * 3600.0
# How long a conversation and its log are kept after they were last used.
KEEP_CONVERSATIONS_SECONDS = 24 * 3600.0


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it came in. `channel` and `id` name it for ever: a second one with the same names is a retry.

    `conversation` is `<channel>:<keyed hash of the sender>`; `body` is what the channel needs to answer it.
    """

    channel: str
    id: str
    conversation: str
    at: float
    body: bytes


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a conversation's outgoing log. `number` counts up within the conversation, from 1, without gaps."""

    channel: str
    conversation: str
    number: int
    at: float
    body: bytes
    attempts: int = 0


def new_entries(message: Received, bodies: tuple[bytes, ...], last: int) -> list[Entry]:
    """The entries that a message leads to; `last` is the number that the last one got."""
    return [
        Entry(channel=message.channel, conversation=message.conversation, number=number, at=message.at, body=body)
        for number, body in enumerate(bodies, start=last - len(bodies) + 1)
    ]


class Expired(msgspec.Struct, frozen=True):
    """What was forgotten because it was too old.

    lost  how many replies that no platform took went with it
    more  whether there is more that is too old
    """

    lost: int
    more: bool


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a message led to, saved as a whole or not at all.

    `entries` are the bodies to append to the log of the message's conversation; `conversations` maps the id of a
    dialogue's conversation to its new state (None: it is forgotten). `forgets` removes the log of the message's
    conversation up to here, before the entries are appended: the patient had everything deleted. `pushed`: the entries are
    for a platform, and so are kept until it has taken them; those of the others are read from the log. `at`: since when log
    and conversations are unused, where that is not the message's own time.
    """

    entries: tuple[bytes, ...] = ()
    conversations: dict[str, bytes | None] = {}
    forgets: bool = False
    pushed: bool = True
    at: float | None = None

    def used(self, message: Received) -> float:
        """When log and conversations were last used."""
        return message.at if self.at is None else self.at
