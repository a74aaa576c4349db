"""The state of this process: a backend whose bodies are sealed on the way in and opened on the way out.

It also decides how long things are kept. Ids that could name a patient (of messages, of the dialogue's conversations)
reach the backend as keyed hashes; `hashed` makes the ids of conversations on channels. What is forgotten is forgotten by
the backend first; then the keys that sealed it are destroyed (bot/state/ring.py).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bot.settings import ROOT, SettingsError, settings
from bot.state.backend import Backend, StoreError, cause
from bot.state.dumps import no_core_dumps
from bot.state.folder import KEY_FILE, Folder, keys_in, opened_folder
from bot.state.keys import Key, in_memory
from bot.state.memory import Memory
from bot.state.model import KEEP_CONVERSATIONS_SECONDS, KEEP_MESSAGES_SECONDS, Entry, Outcome, Received
from bot.state.places import MEMORY, backend_of
from bot.state.ring import Ring, Seal
from bot.state.seal import Sealer, UnreadableError, key_in
from bot.state.watch import watch

logger = logging.getLogger(__name__)

EXPIRE_EVERY_SECONDS = 600.0
# How often it is seen whether keys are to be looked for that nothing needs any more.
LOOK_SECONDS = 10.0


class _Message(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed of a message. Its id may name the patient (WhatsApp's hold the phone number)."""

    id: str
    body: bytes


class State:
    """The methods of Backend, with plain bodies."""

    def __init__(self, backend: Backend, sealer: Sealer, folder: Folder | None = None, *, serving: bool = True) -> None:
        """With a folder the keys of the conversations are kept there, else in memory. Without `serving` nothing is sealed."""
        self._backend, self._sealer, self.folder, self._serving = backend, sealer, folder, serving
        self._ring = Ring(in_memory(sealer), backend)
        self._memory = Memory(self._load, self._save)

    async def start(self) -> None:
        """Open the keys that the store was written with, and forget what is too old. Raises SettingsError."""
        if self.folder is not None:
            keys = await keys_in(self.folder.path, self._backend, self._sealer, serving=self._serving)
            self._ring = Ring(keys, self._backend)
        await self._expire_some()
        await self._ring.sweep()

    def file(self, name: str) -> Path | None:
        """A file beside the keys for what the store is told later; None when nothing is to outlive the process."""
        return None if self.folder is None else self.folder.path / f"{name}-{self._ring.keys.id.hex()}"

    def hashed(self, channel: str, sender: str) -> str:
        """The keyed hash of a sender: the same for the same one, and nobody can be found from it."""
        return self._hashed("sender", channel, sender)

    async def receive(self, message: Received) -> bool:
        """Keep a message to be answered; False when one of the same channel and id was received before."""
        whole = msgspec.msgpack.encode(_Message(message.id, message.body))
        seal = await self._seal(self._log(message.conversation))
        sealed = msgspec.structs.replace(message, id=self._id(message), body=seal.seal(whole, message.conversation))
        with self._ring.receiving(seal):
            return await self._backend.receive(sealed)

    async def unanswered(self, channel: str) -> list[Received]:
        """The messages of a channel that have no outcome yet, in the order of their arrival."""
        found = []
        for kept in await self._backend.unanswered(channel):
            try:
                opened = msgspec.msgpack.decode(self._ring.open(kept.body, kept.conversation), type=_Message)
            except (UnreadableError, msgspec.MsgspecError) as error:
                logger.error("a message of the channel %s is kept but cannot be read: %s", channel, type(error).__name__)
                continue
            found.append(msgspec.structs.replace(kept, id=opened.id, body=opened.body))
        return found

    async def finish(self, message: Received, outcome: Outcome) -> list[Entry]:
        """Save what a message led to. The new entries; none when the message has an outcome already."""
        log = self._log(message.conversation)
        forgotten = {name for name, state in outcome.conversations.items() if outcome.forgets or state is None}
        old = self._ring.leave(*([log] if outcome.forgets else []), *map(self._dialogue, forgotten))
        seal = await self._seal(log)
        conversations: dict[str, bytes | None] = {}
        for name, state in outcome.conversations.items():
            own = seal if name == message.conversation or state is None else await self._seal(self._dialogue(name))
            conversations[self._key(name)] = None if state is None else own.seal(state, name)
        entries = tuple(seal.seal(body, message.conversation) for body in outcome.entries)
        sealed = msgspec.structs.replace(outcome, entries=entries, conversations=conversations)
        with self._forgetting(old):
            done = await self._backend.finish(msgspec.structs.replace(message, id=self._id(message), body=b""), sealed)
        if done or not outcome.entries:
            await self._ring.destroy(old, message.channel)
        elif old:  # it had an outcome already, which an attempt may have saved that seemed to fail
            self._ring.doubt()
        await self._ring.settle(log, message.channel)
        self._memory.saved(outcome.conversations, outcome.used(message), surely=bool(done))
        return self._opened(done)

    def hold(self, outcome: Outcome) -> None:
        """What the outcome of a message says of conversations counts from now on: it could not be saved yet, and will be."""
        self._memory.hold(outcome.conversations)

    async def entries(self, channel: str, conversation: str, after: int = 0) -> list[Entry]:
        """The log of a conversation after a number. An entry that was sent to a platform has an empty body."""
        return self._opened(await self._backend.entries(channel, conversation, after))

    async def last(self, channel: str, conversation: str) -> int:
        """The number of the last entry that a conversation got; 0 when it got none."""
        return await self._backend.last(channel, conversation)

    async def unsent(self, channel: str) -> list[Entry]:
        """The entries of a channel that are neither sent nor dead, by conversation and number."""
        return self._opened(await self._backend.unsent(channel))

    async def sent(self, entry: Entry) -> None:
        """The platform has taken it: forget its body."""
        await self._backend.sent(entry)

    async def failed(self, entry: Entry) -> None:
        """Count a failed attempt."""
        await self._backend.failed(entry)

    async def died(self, entry: Entry, reason: str) -> None:
        """Give it up for now. `reason` says why and nothing of the patient."""
        await self._backend.died(entry, reason)

    async def dead(self, channel: str) -> list[tuple[Entry, str]]:
        """The dead letters of a channel with their reasons, oldest first."""
        return [(entry, reason) for kept, reason in await self._backend.dead(channel) for entry in self._opened([kept])]

    async def revive(self, channel: str) -> int:
        """Make the dead letters of a channel unsent again; how many there were."""
        return await self._backend.revive(channel)

    async def load(self, conversation: str) -> bytes | None:
        """The state of a dialogue's conversation as it was last saved. Raises UnreadableError, and StoreError where it was
        never seen by this process and the store does not answer: neither must pass for an empty one."""
        return await self._memory.load(conversation)

    async def _load(self, conversation: str) -> bytes | None:
        sealed = await self._backend.load(self._key(conversation))
        return None if sealed is None else self._ring.open(sealed, conversation)

    async def save(self, conversation: str, state: bytes | None, at: float) -> None:
        """Save the state of a dialogue's conversation; None forgets it. While the store takes nothing, memory keeps it."""
        await self._memory.save(conversation, state, at)

    async def _save(self, conversation: str, state: bytes | None, at: float) -> None:
        name = self._dialogue(conversation)
        if state is not None:
            seal = await self._seal(name)
            await self._backend.save(self._key(conversation), seal.seal(state, conversation), at)
            return
        old = self._ring.leave(name)
        with self._forgetting(old):
            await self._backend.save(self._key(conversation), None, at)
        await self._ring.destroy(old)

    async def mark(self, name: str, on: bool) -> None:
        """Remember or forget a mark such as `stopped:<conversation>`."""
        await self._backend.mark(f"mark:{name}", on)
        self._memory.mark(f"mark:{name}", on)

    async def marked(self, name: str) -> bool:
        """Whether a mark is set."""
        return await self._memory.marked(f"mark:{name}", self._backend.marked)

    async def forget(self, channel: str, conversation: str) -> None:
        """Forget the log, the waiting messages' bodies and the dialogue's state of a conversation."""
        old = self._ring.leave(self._log(conversation), self._dialogue(conversation))
        with self._forgetting(old):
            await self._backend.forget(channel, conversation, self._key(conversation))
        self._memory.forget(conversation)
        await self._ring.destroy(old, channel)

    @property
    def sound(self) -> bool:
        """False from a failed check until the next good one. Meanwhile nothing is taken: `receive` raises StoreError."""
        return self._backend.sound

    async def check(self) -> str | None:
        """None when the store can be written and read and is still the one that was opened; else one line: what is wrong."""
        try:
            self._ring.keys.check()
        except OSError as error:
            return cause(error)
        return await self._backend.check()

    async def keep_watching(self) -> None:
        """Check again and again, until this is cancelled."""
        await watch(self.check)

    async def oldest_waiting(self) -> float | None:
        """When the oldest message came in that has no outcome yet. Raises StoreError."""
        return await self._backend.oldest_waiting()

    async def claim(self) -> None:
        """Be the only server that uses the store. Raises StoreError."""
        await self._backend.claim()

    async def expire(self) -> None:
        """Forget what is too old, and destroy the keys that nothing needs any more."""
        self._memory.expire()
        while await self._expire_some():
            pass
        await self._ring.sweep()

    async def _expire_some(self) -> bool:
        """Forget a part of what is too old; whether there is more."""
        now = time.time()
        expired = await self._backend.expire(now - KEEP_MESSAGES_SECONDS, now - KEEP_CONVERSATIONS_SECONDS)
        if expired.lost:
            logger.error("%d replies that no platform took in a week are forgotten", expired.lost)
        return expired.more

    async def keep_expiring(self) -> None:
        """Forget what is too old, again and again, until this is cancelled."""
        due = time.monotonic()  # the start may have left something
        while True:
            await asyncio.sleep(min(EXPIRE_EVERY_SECONDS, LOOK_SECONDS))
            if time.monotonic() < due and self._ring.due_in():
                continue
            due = time.monotonic() + EXPIRE_EVERY_SECONDS
            try:
                await self.expire()
            except Exception as error:  # the store may be away for a while
                logger.error("what is too old was not forgotten: %s", type(error).__name__)

    async def close(self) -> None:
        """Let go of files and connections."""
        await self._backend.close()
        self._ring.close()
        if self.folder is not None:
            self.folder.close()

    async def _seal(self, name: bytes) -> Seal:
        """What seals for a name. Raises StoreError when its key cannot be written: nothing is kept that could not be opened."""
        try:
            return await self._ring.current(name)
        except (OSError, asyncio.TimeoutError) as error:
            raise StoreError(cause(error)) from error

    def _hashed(self, *names: str) -> str:
        return self._ring.keys.names.hashed(*names)

    def _id(self, message: Received) -> str:
        return self._hashed("message", message.channel, message.id)

    def _key(self, conversation: str) -> str:
        return self._hashed("dialogue", conversation)

    def _dialogue(self, conversation: str) -> bytes:
        """The name of the key of a state that is saved by itself, or with a message of a conversation of another id."""
        return bytes.fromhex(self._key(conversation))

    def _log(self, conversation: str) -> bytes:
        """The name of the key of a conversation's messages, of the replies, and of the dialogue's state of the same id."""
        return bytes.fromhex(self._hashed("log", conversation))

    @contextmanager
    def _forgetting(self, old: list[Key]) -> Iterator[None]:
        """When it is not known whether the backend forgot what these keys sealed, that is looked up later."""
        try:
            yield
        except BaseException:
            if old:
                self._ring.doubt()
            raise

    def _opened(self, entries: Iterable[Entry]) -> list[Entry]:
        """The entries that can be opened; one that cannot is left out and logged. A body that was forgotten stays empty."""
        opened = []
        for entry in entries:
            try:
                body = self._ring.open(entry.body, entry.conversation) if entry.body else b""
            except UnreadableError:
                logger.error("entry %d of a log of the channel %s cannot be read", entry.number, entry.channel)
                continue
            opened.append(msgspec.structs.replace(entry, body=body))
        return opened


_opened_state: State | None = None


def open_state(*, serving: bool = True) -> State:
    """Open the store of AFTERCHECK_STORE for this process, to serve from it or to look into it. Raises SettingsError.

    To serve is to be the only server that uses it: two at once would each take the other's messages for theirs.
    """
    global _opened_state
    no_core_dumps()
    config = settings()
    backend, path = backend_of(config.store, ROOT)
    folder = None if config.store == MEMORY else opened_folder(path)
    try:
        opened = State(backend, Sealer(_secret(folder)), folder, serving=serving)
    except BaseException:
        if folder is not None:
            folder.close()
        raise
    try:
        asyncio.run(_started(opened, serving=serving))
    except StoreError as error:
        asyncio.run(opened.close())
        raise SettingsError(f"AFTERCHECK_STORE: the store cannot be used: {error}") from None
    except BaseException:
        asyncio.run(opened.close())
        raise
    _opened_state = opened
    return opened


async def _started(opened: State, *, serving: bool) -> None:
    if serving:
        await opened.claim()
    await opened.start()
    if wrong := await opened.check():
        raise StoreError(wrong)


def _secret(folder: Folder | None) -> bytes:
    """The secret that the keys of everything are wrapped with."""
    if secret := settings().secret:
        return secret.encode()
    return secrets.token_bytes(32) if folder is None else key_in(folder.path / KEY_FILE)


def state() -> State:
    """The state of this process; opened here where nothing did so before, as under `rasa run`. Raises SettingsError."""
    return _opened_state or open_state()
