"""What a place to keep things must be able to do. Bodies are sealed bytes to it; it judges nothing.

Every method is atomic: it happens as a whole or not at all, also when the process is killed in the middle of it. Every
method returns or raises StoreError within two seconds (bot/state/guard.py); what it was given up for may be done later.
"""

from __future__ import annotations

from typing import Protocol

from bot.state.model import Entry, Expired, Outcome, Received


class StoreError(Exception):
    """A store cannot be opened, does not answer or cannot do what it was asked; the text says why, in one line."""


def cause(error: BaseException) -> str:
    """Why a library failed: the first line of what it says.

    What it says of an address that it cannot read may quote a part of a password.
    """
    error = getattr(error, "orig", None) or error  # what SQLAlchemy adds quotes what was to be written
    if isinstance(error, ValueError):
        return "its address cannot be read"
    return (str(error).strip() or type(error).__name__).splitlines()[0].strip()


# The beginning of the mark that names a store; the rest is random, and another store has another one.
IDENTITY = "store:"
STRANGE = "it was emptied, or is another one than was opened. Put it back, and restart"

# How much of each kind `expire` forgets in one step; whoever wants something else of the store waits for a step at most.
EXPIRED_AT_ONCE = 400


class Backend(Protocol):
    """SQLite, PostgreSQL or Redis."""

    @property
    def sound(self) -> bool:
        """False from a failed `check` until the next good one. Meanwhile nothing is written: StoreError."""

    async def check(self) -> str | None:
        """None when it can be written and read and is still the one that was opened; else what is wrong, in one line."""

    async def claim(self) -> None:
        """Be the only server that uses it, until it is closed or this process ends. Raises StoreError when one does."""

    async def oldest_waiting(self) -> float | None:
        """When the oldest message came in that has no outcome yet."""

    async def receive(self, message: Received) -> bool:
        """Keep a message to be answered; False when one of the same channel and id was received before."""

    async def unanswered(self, channel: str) -> list[Received]:
        """The messages of a channel that have no outcome yet, in the order of their arrival (read at the start)."""

    async def finish(self, message: Received, outcome: Outcome) -> list[Entry]:
        """Save the outcome, and forget the message's body but not its id. The new entries, with their numbers.

        A message that has an outcome already keeps it: nothing is saved and nothing is returned.
        """

    async def entries(self, channel: str, conversation: str, after: int = 0) -> list[Entry]:
        """The log of a conversation after a number (delivered or not; the body of one that was sent is empty)."""

    async def last(self, channel: str, conversation: str) -> int:
        """The number of the last entry that a conversation got; 0 when it got none."""

    async def unsent(self, channel: str) -> list[Entry]:
        """The entries of a channel that are neither sent nor dead, by conversation and number."""

    async def sent(self, entry: Entry) -> None:
        """The platform has taken it: forget its body. An entry that is no longer there is none of our business."""

    async def failed(self, entry: Entry) -> None:
        """Count a failed attempt."""

    async def died(self, entry: Entry, reason: str) -> None:
        """Give it up for now: it joins the dead letters. `reason` says why and nothing of the patient."""

    async def dead(self, channel: str) -> list[tuple[Entry, str]]:
        """The dead letters of a channel with their reasons, oldest first."""

    async def revive(self, channel: str) -> int:
        """Make the dead letters of a channel unsent again; how many there were."""

    async def load(self, conversation: str) -> bytes | None:
        """The saved state of a dialogue's conversation."""

    async def save(self, conversation: str, state: bytes | None, at: float) -> None:
        """Save the state of a dialogue's conversation; None forgets it."""

    async def mark(self, name: str, on: bool) -> None:
        """Remember or forget a mark such as `stopped:<conversation>`. Marks do not expire."""

    async def marked(self, name: str) -> bool:
        """Whether a mark is set."""

    async def forget(self, channel: str, conversation: str, dialogue: str) -> None:
        """Forget the log of a conversation, the bodies of its waiting messages, and a conversation of the dialogue.

        A waiting message counts as answered from then on, also one that is being answered right now: what was forgotten
        does not come back with its outcome. The log's numbers go on, so that a late `sent` never means another entry.
        """

    async def expire(self, before_messages: float, before_conversations: float) -> Expired:
        """Forget messages received before one time, and logs and conversations not used since the other; EXPIRED_AT_ONCE of
        each at most, so that nobody waits for long.

        A log with entries that a platform has not taken (unsent, or dead letters) is kept until the first of these times.
        """

    async def heads(self, size: int) -> set[bytes]:
        """The first bytes of every body that is kept: of messages, of entries, and of the dialogue's states."""

    async def close(self) -> None:
        """Let go of files and connections."""
