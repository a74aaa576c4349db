"""The backend for Redis. Each method is one script, which the server runs whole and alone.

Redis forgets by itself what nobody uses any more, also while Aftercheck is down. The scripts find some keys only while
they run, so this is for one Redis (with replicas or not), not for a Redis Cluster.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

import redis
from redis.exceptions import RedisError

from bot.state.backend import EXPIRED_AT_ONCE, STRANGE, StoreError, cause
from bot.state.guard import PATIENCE, Guard, claimed
from bot.state.model import KEEP_CONVERSATIONS_SECONDS, KEEP_MESSAGES_SECONDS, Entry, Expired, Outcome, Received, new_entries
from bot.state.scripts import READING, SCRIPTS

CONNECTIONS = 8
PREFIX = "aftercheck:"
# The random mark of this store, and what is written with each check.
_IDENTITY, _CHECKED = f"{PREFIX}store", f"{PREFIX}checked"
# What the connection of a server is called that has claimed a database, before the database's number.
_SERVER = "aftercheck-server-"
# Redis forgets by itself without a word, so a log in which something may be unsent is left to `expire`, which tells.
KEEP_PUSHED_SECONDS = KEEP_MESSAGES_SECONDS + 24 * 3600.0
_NOT_KEPT = (
    "it keeps nothing on its disk. Give its server `appendonly yes` (each change; what Aftercheck needs), or `save 60 1`"
)
# Indexes by time, for what is forgotten by it; the number of arrivals; and the marks.
_MESSAGES, _LOGS, _DIALOGUES, _ARRIVALS, _MARKS = (
    f"{PREFIX}{name}" for name in ("messages", "logs", "dialogues", "arrivals", "marks")
)
_CHANNELS = f"{PREFIX}channels"
_OPTIONS: dict[str, Any] = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "socket_keepalive": True}


class RedisBackend:
    """Keeps everything in one database of a Redis server, under names that begin with `aftercheck:`.

    The library's blocking client in threads, not its asyncio one: a command that is given up in the middle must not
    leave its answer to the next one.
    """

    def __init__(self, url: str) -> None:
        """Connect. Raises StoreError."""
        try:
            self._url = url
            self._redis = redis.Redis.from_url(url, max_connections=CONNECTIONS, **_OPTIONS)
            self._redis.ping()
            self._redis.set(_IDENTITY, secrets.token_hex(16), nx=True)
            self._id = self._redis.get(_IDENTITY)
            self._kept_on_disk()
        except (RedisError, OSError, ValueError) as error:
            raise StoreError(cause(error)) from None
        self._scripts = {name: self._redis.register_script(text) for name, text in SCRIPTS.items()}
        self._guard = Guard(CONNECTIONS)
        self._claimed = False
        self._claim: redis.Redis | None = None

    async def _run(self, script: str, keys: Iterable[str], arguments: Iterable[Any] = ()) -> Any:
        def work() -> Any:
            return self._scripts[script](keys=list(keys), args=list(arguments))

        return await self._guard.run(work, writes=script not in READING)

    @property
    def sound(self) -> bool:
        return self._guard.sound

    async def check(self) -> str | None:
        def work() -> None:
            self._redis.set(_CHECKED, 1)
            if self._redis.get(_IDENTITY) != self._id:
                raise StoreError(STRANGE)
            self._kept_on_disk()
            if self._claimed:
                self._take()

        return await self._guard.check(work)

    def _kept_on_disk(self) -> None:
        """Raises StoreError where the server keeps nothing. One that does not tell is believed."""
        try:
            appends = self._redis.info("persistence").get("aof_enabled")
            saves = self._redis.config_get("save").get("save")
        except redis.ResponseError:
            return
        if appends == 0 and saves == "":
            raise StoreError(_NOT_KEPT)

    async def claim(self) -> None:
        try:
            claimed(self._take)
        except RedisError as error:
            raise StoreError(cause(error)) from None
        self._claimed = True

    def _take(self) -> None:
        """Hold a connection by whose name other servers see this one. The first that is called so has the claim."""
        if self._claim is None:
            self._claim = redis.Redis.from_url(self._url, single_connection_client=True, **_OPTIONS)
        try:
            own = self._claim.client_id()
            database = next(client["db"] for client in self._claim.client_list() if int(client["id"]) == own)
            name = f"{_SERVER}{database}"
            self._claim.client_setname(name)
            first = min(int(client["id"]) for client in self._claim.client_list() if client["name"] == name)
        except redis.ResponseError:  # it may not be asked, and then cannot tell
            return
        if first != own:
            self._let_go()
            raise StoreError("another server uses it. Stop that one first; after one that was cut off, wait some minutes")

    def _let_go(self) -> None:
        if self._claim is not None:
            self._claim.close()
            self._claim.connection_pool.disconnect()
            self._claim = None

    async def oldest_waiting(self) -> float | None:
        found = await self._run("oldest_waiting", [_CHANNELS])
        return None if found is None else float(found)

    async def receive(self, message: Received) -> bool:
        keys = (_message(message), _MESSAGES, _waiting(message.channel), _ARRIVALS, _CHANNELS)
        arguments = (message.id, message.conversation, repr(message.at), message.body, int(KEEP_MESSAGES_SECONDS))
        return bool(await self._run("receive", keys, arguments))

    async def unanswered(self, channel: str) -> list[Received]:
        found = await self._run("unanswered", [_waiting(channel)])
        return [
            Received(channel=channel, id=id_.decode(), conversation=conversation.decode(), at=float(at), body=body)
            for id_, conversation, at, body in found
        ]

    async def finish(self, message: Received, outcome: Outcome) -> list[Entry]:
        keys = (
            _message(message),
            _waiting(message.channel),
            _log(message.channel, message.conversation),
            _LOGS,
            _DIALOGUES,
        )
        states = [
            part
            for conversation, state in outcome.conversations.items()
            for part in (_dialogue(conversation), int(state is not None), state or b"")
        ]
        arguments = (
            repr(outcome.used(message)),
            int(KEEP_CONVERSATIONS_SECONDS),
            int(outcome.forgets),
            len(outcome.conversations),
            repr(message.at),
            "unsent" if outcome.pushed else "logged",
            int(KEEP_PUSHED_SECONDS if outcome.pushed else KEEP_CONVERSATIONS_SECONDS),
            *states,
            *outcome.entries,
        )
        last = int(await self._run("finish", keys, arguments))
        return new_entries(message, outcome.entries, last) if last else []

    async def entries(self, channel: str, conversation: str, after: int = 0) -> list[Entry]:
        log = _log(channel, conversation)
        return [entry for entry, _ in _entries(channel, await self._run("entries", [log], [after]))]

    async def last(self, channel: str, conversation: str) -> int:
        return int(await self._run("last", [_log(channel, conversation)]) or 0)

    async def unsent(self, channel: str) -> list[Entry]:
        found = _entries(channel, await self._run("of_fate", [_fate(channel, "unsent")], ["unsent"]))
        return sorted((entry for entry, _ in found), key=lambda entry: (entry.conversation, entry.number))

    async def sent(self, entry: Entry) -> None:
        await self._run("sent", [_log(entry.channel, entry.conversation)], [entry.number])

    async def failed(self, entry: Entry) -> None:
        await self._run("failed", [_log(entry.channel, entry.conversation)], [entry.number])

    async def died(self, entry: Entry, reason: str) -> None:
        await self._run("died", [_log(entry.channel, entry.conversation)], [entry.number, reason])

    async def dead(self, channel: str) -> list[tuple[Entry, str]]:
        found = _entries(channel, await self._run("of_fate", [_fate(channel, "dead")], ["dead"]))
        return sorted(found, key=lambda each: (each[0].at, each[0].conversation, each[0].number))

    async def revive(self, channel: str) -> int:
        return int(await self._run("revive", [_fate(channel, "dead")]))

    async def load(self, conversation: str) -> bytes | None:
        state: bytes | None = await self._run("load", [_dialogue(conversation)])
        return state

    async def save(self, conversation: str, state: bytes | None, at: float) -> None:
        keys = (_dialogue(conversation), _DIALOGUES)
        await self._run("save", keys, (repr(at), int(KEEP_CONVERSATIONS_SECONDS), int(state is not None), state or b""))

    async def mark(self, name: str, on: bool) -> None:
        await self._run("mark", [_MARKS], [name, int(on)])

    async def marked(self, name: str) -> bool:
        return bool(await self._run("marked", [_MARKS], [name]))

    async def forget(self, channel: str, conversation: str, dialogue: str) -> None:
        keys = (_waiting(channel), _log(channel, conversation), _dialogue(dialogue), _DIALOGUES)
        await self._run("forget", keys, [conversation])

    async def expire(self, before_messages: float, before_conversations: float) -> Expired:
        before = (f"({before_messages!r}", f"({before_conversations!r}")
        lost, most = await self._run("expire", (_MESSAGES, _LOGS, _DIALOGUES), (*before, EXPIRED_AT_ONCE))
        return Expired(int(lost), int(most) == EXPIRED_AT_ONCE)

    async def heads(self, size: int) -> set[bytes]:
        return set(await self._run("heads", (_MESSAGES, _LOGS, _DIALOGUES), [size]))

    async def close(self) -> None:
        def last() -> None:
            self._let_go()
            self._redis.close()
            self._redis.connection_pool.disconnect()

        await self._guard.close(last)


def _message(message: Received) -> str:
    return f"{PREFIX}message:{message.channel}:{message.id}"


def _waiting(channel: str) -> str:
    return f"{PREFIX}waiting:{channel}"


def _log(channel: str, conversation: str) -> str:
    return f"{PREFIX}log:{channel}:{conversation}"


def _fate(channel: str, fate: str) -> str:
    return f"{PREFIX}{fate}:{channel}"


def _dialogue(conversation: str) -> str:
    return f"{PREFIX}dialogue:{conversation}"


def _entries(channel: str, found: list[Any]) -> list[tuple[Entry, str]]:
    """Entries with their reasons, from what the scripts give of each."""
    start = len(_log(channel, ""))
    return [
        (
            Entry(
                channel=channel,
                conversation=log.decode()[start:],
                number=int(number),
                at=float(at),
                body=body,
                attempts=int(attempts),
            ),
            reason.decode(),
        )
        for log, number, at, body, attempts, reason in found
    ]
