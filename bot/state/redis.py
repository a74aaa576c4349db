"""The backend for Redis. Each method is one script, which the server runs whole and alone.

Redis forgets by itself what nobody uses any more, also while Aftercheck is down. The scripts find some keys only while
they run, so this is for one Redis (with replicas or not), not for a Redis Cluster.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import redis
from redis.exceptions import RedisError

from bot.state.backend import StoreError, cause
from bot.state.model import KEEP_CONVERSATIONS_SECONDS, KEEP_MESSAGES_SECONDS, Entry, Outcome, Received, new_entries
from bot.state.scripts import SCRIPTS

WAIT_SECONDS = 10.0
CONNECTIONS = 8
PREFIX = "aftercheck:"
# Indexes by time, for what is forgotten by it; the number of arrivals; and the marks.
_MESSAGES, _LOGS, _DIALOGUES, _ARRIVALS, _MARKS = (
    f"{PREFIX}{name}" for name in ("messages", "logs", "dialogues", "arrivals", "marks")
)


class RedisBackend:
    """Keeps everything in one database of a Redis server, under names that begin with `aftercheck:`.

    The library's blocking client in threads, not its asyncio one: a command that is given up in the middle must not
    leave its answer to the next one.
    """

    def __init__(self, url: str) -> None:
        """Connect. Raises StoreError."""
        try:
            self._redis = redis.Redis.from_url(
                url,
                max_connections=CONNECTIONS,
                socket_timeout=WAIT_SECONDS,
                socket_connect_timeout=WAIT_SECONDS,
                health_check_interval=30,
            )
            self._redis.ping()
        except (RedisError, OSError, ValueError) as error:
            raise StoreError(cause(error)) from None
        self._scripts = {name: self._redis.register_script(text) for name, text in SCRIPTS.items()}
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="store")

    async def _run(self, script: str, keys: Iterable[str], arguments: Iterable[Any] = ()) -> Any:
        def work() -> Any:
            return self._scripts[script](keys=list(keys), args=list(arguments))

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def receive(self, message: Received) -> bool:
        keys = (_message(message), _MESSAGES, _waiting(message.channel), _ARRIVALS)
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
            repr(message.at),
            int(KEEP_CONVERSATIONS_SECONDS),
            int(outcome.forgets),
            len(outcome.conversations),
            *states,
            *outcome.entries,
        )
        last = int(await self._run("finish", keys, arguments))
        return new_entries(message, outcome.entries, last) if last else []

    async def entries(self, channel: str, conversation: str, after: int = 0) -> list[Entry]:
        log = _log(channel, conversation)
        return [entry for entry, _ in _entries(channel, await self._run("entries", [log], [after]))]

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

    async def expire(self, before_messages: float, before_conversations: float) -> None:
        keys = (_MESSAGES, _LOGS, _DIALOGUES)
        await self._run("expire", keys, (f"({before_messages!r}", f"({before_conversations!r}"))

    async def heads(self, size: int) -> set[bytes]:
        return set(await self._run("heads", (_MESSAGES, _LOGS, _DIALOGUES), [size]))

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self._redis.close)
        self._threads.shutdown()


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
