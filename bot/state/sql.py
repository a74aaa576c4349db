"""The backend for SQLite and PostgreSQL. Each method is one transaction, and none holds up the event loop."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.state import postgresql, sqlite
from bot.state.backend import EXPIRED_AT_ONCE, IDENTITY, STRANGE, StoreError, cause
from bot.state.guard import PATIENCE, Guard
from bot.state.model import Entry, Expired, Outcome, Received, new_entries
from bot.state.postgresql import PostgresServer
from bot.state.sqlite import SqliteFile

# At the start there is time to make the tables.
START_SECONDS = 10.0

_T = TypeVar("_T")
_TIME = sa.Float(53)
_TABLES = sa.MetaData()

messages = sa.Table(
    "aftercheck_messages",
    _TABLES,
    sa.Column("arrival", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("id", sa.String, nullable=False),
    sa.Column("conversation", sa.String, nullable=False),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("body", sa.LargeBinary),
    sa.Column("answered", sa.Boolean, nullable=False),
    sa.UniqueConstraint("channel", "id"),
    sa.Index("aftercheck_messages_by_conversation", "channel", "conversation"),
    sa.Index("aftercheck_messages_by_time", "at"),
)
# There are few of them among the ids of a week, and they are looked for every few seconds.
sa.Index(
    "aftercheck_messages_waiting", messages.c.channel, sqlite_where=~messages.c.answered, postgresql_where=~messages.c.answered
)
# The last number that was given in each conversation, and when.
logs = sa.Table(
    "aftercheck_logs",
    _TABLES,
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("conversation", sa.String, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
    sa.Column("used", _TIME, nullable=False, index=True),
)
entries = sa.Table(
    "aftercheck_entries",
    _TABLES,
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("conversation", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("body", sa.LargeBinary),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("fate", sa.String, nullable=False),
    sa.Column("reason", sa.String),
    sa.Index("aftercheck_entries_by_fate", "channel", "fate"),
)
conversations = sa.Table(
    "aftercheck_conversations",
    _TABLES,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("used", _TIME, nullable=False, index=True),
)
marks = sa.Table("aftercheck_marks", _TABLES, sa.Column("name", sa.String, primary_key=True))

# SQLAlchemy would compile these anew each time; both databases understand the same words.
_RECEIVE = sa.text(
    "INSERT INTO aftercheck_messages (channel, id, conversation, at, body, answered) "
    "VALUES (:channel, :id, :conversation, :at, :body, false) ON CONFLICT DO NOTHING"
)
_COUNT = sa.text(
    "INSERT INTO aftercheck_logs AS log (channel, conversation, last, used) VALUES (:channel, :conversation, :count, :at) "
    "ON CONFLICT (channel, conversation) DO UPDATE SET last = log.last + excluded.last, used = excluded.used"
)
_SAVE = sa.text(
    "INSERT INTO aftercheck_conversations (id, state, used) VALUES (:id, :state, :at) "
    "ON CONFLICT (id) DO UPDATE SET state = excluded.state, used = excluded.used"
)
_MARK = sa.text("INSERT INTO aftercheck_marks (name) VALUES (:name) ON CONFLICT DO NOTHING")

# Written with each check.
_CHECKED = sa.text(
    "INSERT INTO aftercheck_marks (name) VALUES ('checked') ON CONFLICT (name) DO UPDATE SET name = excluded.name"
)
_TOUCHED = sa.union_all(*(sa.select(sa.literal(1)).select_from(each).where(sa.false()) for each in _TABLES.sorted_tables))

# What becomes of an entry: one that is read from its log stays there, whoever has read it.
UNSENT, SENT, DEAD, LOGGED = "unsent", "sent", "dead", "logged"
# The entries, looked at from their log.
_LEFT = entries.alias()


class SqlBackend:
    """Keeps everything in a SQLite file, in SQLite in memory, or in a PostgreSQL database."""

    def __init__(self, url: str | URL) -> None:
        """Connect and make the tables. Raises StoreError."""
        try:
            parsed = make_url(url)
            self._database, threads = _database(parsed)
            with self._database.bounded(START_SECONDS):
                with self._database.engine.begin() as connection:
                    _TABLES.create_all(connection)
                    self._id = _identity(connection)
                self._database.opened()
        except (SQLAlchemyError, sqlite3.Error, OSError, ValueError) as error:
            raise StoreError(cause(error)) from None
        self._reading = self._database.engine.execution_options(reads=True)
        self._guard, self._inspecting = Guard(threads), Guard(1)

    async def _run(self, work: Callable[[Connection], _T], *, wipes: bool = False) -> _T:
        """Do the work in one transaction. `wipes`: what it removes must also leave SQLite's write-ahead log."""

        def transaction() -> _T:
            with self._database.bounded(PATIENCE), self._database.engine.begin() as connection:
                done = work(connection)
            if wipes:
                self._database.wipe()
            return done

        return await self._guard.run(transaction, writes=True)

    async def _read(self, work: Callable[[Connection], _T]) -> _T:
        """Do what changes nothing."""

        def transaction() -> _T:
            with self._database.bounded(PATIENCE), self._reading.begin() as connection:
                return work(connection)

        return await self._guard.run(transaction, writes=False)

    @property
    def sound(self) -> bool:
        return self._guard.sound

    async def check(self) -> str | None:
        def work() -> None:
            with self._database.bounded(PATIENCE):
                with self._database.engine.begin() as connection:
                    connection.execute(_CHECKED)
                    connection.execute(_TOUCHED)
                    if _identity(connection, make=False) != self._id:
                        raise StoreError(STRANGE)
                self._database.check()

        return await self._guard.check(work, await self._inspecting.check(self._database.inspect))

    async def claim(self) -> None:
        with self._database.bounded(START_SECONDS):
            self._database.claim()

    async def oldest_waiting(self) -> float | None:
        found = sa.select(sa.func.min(messages.c.at)).where(~messages.c.answered)
        return await self._read(lambda connection: connection.execute(found).scalar_one())

    async def receive(self, message: Received) -> bool:
        row = msgspec.structs.asdict(message)
        return await self._run(lambda connection: bool(connection.execute(_RECEIVE, row).rowcount))

    async def unanswered(self, channel: str) -> list[Received]:
        found = (
            sa.select(messages.c.channel, messages.c.id, messages.c.conversation, messages.c.at, messages.c.body)
            .where(messages.c.channel == channel, ~messages.c.answered)
            .order_by(messages.c.arrival)
        )
        return await self._read(lambda connection: [Received(**row._mapping) for row in connection.execute(found)])

    async def finish(self, message: Received, outcome: Outcome) -> list[Entry]:
        this = (messages.c.channel == message.channel, messages.c.id == message.id)

        def work(connection: Connection) -> list[Entry]:
            answered = sa.update(messages).where(*this, ~messages.c.answered).values(answered=True, body=None)
            if not connection.execute(answered).rowcount:
                return []
            for conversation, state in outcome.conversations.items():
                self._save(connection, conversation, state, outcome.used(message))
            if outcome.forgets:
                connection.execute(sa.delete(entries).where(*_log(message.channel, message.conversation)))
            return self._append(connection, message, outcome)

        return await self._run(work, wipes=outcome.forgets or None in outcome.conversations.values())

    def _append(self, connection: Connection, message: Received, outcome: Outcome) -> list[Entry]:
        if not outcome.entries:
            return []
        channel, conversation, count = message.channel, message.conversation, len(outcome.entries)
        used = outcome.used(message)
        connection.execute(_COUNT, {"channel": channel, "conversation": conversation, "count": count, "at": used})
        this = (logs.c.channel == channel, logs.c.conversation == conversation)
        last = connection.execute(sa.select(logs.c.last).where(*this)).scalar_one()
        new = new_entries(message, outcome.entries, last)
        fate = UNSENT if outcome.pushed else LOGGED
        connection.execute(sa.insert(entries), [{**msgspec.structs.asdict(entry), "fate": fate} for entry in new])
        return new

    async def entries(self, channel: str, conversation: str, after: int = 0) -> list[Entry]:
        return await self._entries(*_log(channel, conversation), entries.c.number > after)

    async def last(self, channel: str, conversation: str) -> int:
        found = sa.select(logs.c.last).where(logs.c.channel == channel, logs.c.conversation == conversation)
        return await self._read(lambda connection: connection.execute(found).scalar_one_or_none() or 0)

    async def unsent(self, channel: str) -> list[Entry]:
        return await self._entries(entries.c.channel == channel, entries.c.fate == UNSENT)

    async def _entries(self, *where: Any) -> list[Entry]:
        found = sa.select(entries).where(*where).order_by(entries.c.conversation, entries.c.number)
        return await self._read(lambda connection: [_entry(row) for row in connection.execute(found)])

    async def sent(self, entry: Entry) -> None:
        await self._update(_this(entry), fate=SENT, body=None, reason=None)

    async def failed(self, entry: Entry) -> None:
        await self._update(_this(entry), attempts=entries.c.attempts + 1)

    async def died(self, entry: Entry, reason: str) -> None:
        await self._update((*_this(entry), entries.c.fate == UNSENT), fate=DEAD, reason=reason)

    async def dead(self, channel: str) -> list[tuple[Entry, str]]:
        found = sa.select(entries).where(entries.c.channel == channel, entries.c.fate == DEAD)
        found = found.order_by(entries.c.at, entries.c.conversation, entries.c.number)
        return await self._read(lambda connection: [(_entry(row), row.reason) for row in connection.execute(found)])

    async def revive(self, channel: str) -> int:
        where = (entries.c.channel == channel, entries.c.fate == DEAD)
        return await self._update(where, fate=UNSENT, reason=None, attempts=0)

    async def _update(self, where: tuple[Any, ...], **values: Any) -> int:
        change = sa.update(entries).where(*where).values(**values)
        return await self._run(lambda connection: int(connection.execute(change).rowcount))

    async def load(self, conversation: str) -> bytes | None:
        found = sa.select(conversations.c.state).where(conversations.c.id == conversation)
        state = await self._read(lambda connection: connection.execute(found).scalar_one_or_none())
        return None if state is None else bytes(state)

    async def save(self, conversation: str, state: bytes | None, at: float) -> None:
        await self._run(lambda connection: self._save(connection, conversation, state, at), wipes=state is None)

    def _save(self, connection: Connection, conversation: str, state: bytes | None, at: float) -> None:
        if state is None:
            connection.execute(sa.delete(conversations).where(conversations.c.id == conversation))
        else:
            connection.execute(_SAVE, {"id": conversation, "state": state, "at": at})

    async def mark(self, name: str, on: bool) -> None:
        change = _MARK.bindparams(name=name) if on else sa.delete(marks).where(marks.c.name == name)
        await self._run(lambda connection: connection.execute(change))

    async def marked(self, name: str) -> bool:
        found = sa.select(marks.c.name).where(marks.c.name == name)
        return await self._read(lambda connection: connection.execute(found).first() is not None)

    async def forget(self, channel: str, conversation: str, dialogue: str) -> None:
        def work(connection: Connection) -> None:
            waiting = (messages.c.channel == channel, messages.c.conversation == conversation)
            connection.execute(sa.update(messages).where(*waiting).values(answered=True, body=None))
            connection.execute(sa.delete(conversations).where(conversations.c.id == dialogue))
            connection.execute(sa.delete(entries).where(*_log(channel, conversation)))

        await self._run(work, wipes=True)

    async def expire(self, before_messages: float, before_conversations: float) -> Expired:
        def work(connection: Connection) -> Expired:
            # In the order in which `finish` touches the tables, so that the two never wait for each other.
            gone = [
                connection.execute(sa.delete(table).where(key.in_(sa.select(key).where(old).limit(EXPIRED_AT_ONCE)))).rowcount
                for table, key, old in (
                    (messages, messages.c.arrival, messages.c.at < before_messages),
                    (conversations, conversations.c.id, conversations.c.used < before_conversations),
                )
            ]
            found = connection.execute(_old_logs(before_messages, before_conversations)).all()
            names = [(row.channel, row.conversation) for row in found]
            lost = sum(row.left for row in found)
            if names:
                still = sa.tuple_(logs.c.channel, logs.c.conversation).in_(names), logs.c.used < before_conversations
                log = logs.c.channel == entries.c.channel, logs.c.conversation == entries.c.conversation
                of_log = sa.tuple_(entries.c.channel, entries.c.conversation).in_(names)
                connection.execute(sa.delete(entries).where(of_log, sa.exists().where(*log, *still)))
                connection.execute(sa.delete(logs).where(*still))
            return Expired(lost, max(*gone, len(names)) == EXPIRED_AT_ONCE)

        return await self._run(work, wipes=True)

    async def heads(self, size: int) -> set[bytes]:
        bodies = ((messages.c.body, ~messages.c.answered), (entries.c.body, entries.c.body.is_not(None)))
        columns = (*bodies, (conversations.c.state, sa.true()))
        found = sa.union(*(sa.select(sa.func.substr(body, 1, size)).where(where) for body, where in columns))
        return await self._run(lambda connection: {bytes(head) for (head,) in connection.execute(found)})

    async def close(self) -> None:
        await self._inspecting.close(lambda: None)
        await self._guard.close(self._database.close)


def _database(url: URL) -> tuple[SqliteFile | PostgresServer, int]:
    """The database of an address, and how many threads may use it."""
    if url.get_backend_name() == "sqlite":
        return SqliteFile(Path(url.database) if url.database else None), sqlite.THREADS
    return PostgresServer(url), postgresql.THREADS


def _identity(connection: Connection, *, make: bool = True) -> str | None:
    """The random mark of this store; made where there is none."""
    found = sa.select(marks.c.name).where(marks.c.name.startswith(IDENTITY)).order_by(marks.c.name)
    name: str | None = connection.execute(found).scalars().first()
    if name is None and make:
        name = f"{IDENTITY}{secrets.token_hex(16)}"
        connection.execute(_MARK, {"name": name})
    return name


def _log(channel: str, conversation: str) -> tuple[Any, ...]:
    return (entries.c.channel == channel, entries.c.conversation == conversation)


def _old_logs(before_messages: float, before_conversations: float) -> Any:
    """The logs to forget, each with how many of its entries no platform has taken."""
    of_log = _LEFT.c.channel == logs.c.channel, _LEFT.c.conversation == logs.c.conversation, _LEFT.c.fate.in_((UNSENT, DEAD))
    left = sa.select(sa.func.count()).where(*of_log).scalar_subquery()
    old = logs.c.used < before_conversations, sa.or_(logs.c.used < before_messages, ~sa.exists().where(*of_log))
    found = sa.select(logs.c.channel, logs.c.conversation, left.label("left")).where(*old)
    return found.order_by(logs.c.used).limit(EXPIRED_AT_ONCE)


def _this(entry: Entry) -> tuple[Any, ...]:
    return (*_log(entry.channel, entry.conversation), entries.c.number == entry.number)


def _entry(row: Any) -> Entry:
    """An entry that was sent has lost its body and comes back with an empty one."""
    fields = {name: row._mapping[name] for name in Entry.__struct_fields__}
    return Entry(**{**fields, "body": bytes(row.body or b"")})
