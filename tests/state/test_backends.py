"""What every backend must do, in the words of bot/state/backend.py."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.state import redis, sql
from bot.state.backend import Backend
from bot.state.model import Entry, Expired, Outcome, Received
from bot.state.places import backend_of
from tests.state.conftest import Place

NOW = time.time()
DAY = 24 * 3600.0


@pytest.fixture
async def store(place: Place, tmp_path: Path) -> AsyncIterator[Backend]:
    opened, _ = backend_of(place.url, tmp_path)
    yield opened
    await opened.close()


def message(id_: str = "1", channel: str = "chat", conversation: str = "chat:anna", at: float = NOW) -> Received:
    return Received(channel=channel, id=id_, conversation=conversation, at=at, body=b"said \x00\xff " + id_.encode())


def entry(number: int, body: bytes, conversation: str = "chat:anna", at: float = NOW, attempts: int = 0) -> Entry:
    return Entry(channel="chat", conversation=conversation, number=number, at=at, body=body, attempts=attempts)


async def finished(store: Backend, received: Received, *bodies: bytes, **conversations: bytes | None) -> list[Entry]:
    await store.receive(received)
    return await store.finish(received, Outcome(entries=bodies, conversations=conversations))


async def test_messages_wait_in_the_order_of_their_arrival(store: Backend) -> None:
    late, early, other = message("b", at=NOW + 1), message("a", conversation="chat:bert"), message("a", channel="text")
    for received in (late, early, other):
        assert await store.receive(received)
    assert await store.unanswered("chat") == [late, early]
    assert await store.unanswered("text") == [other]
    assert await store.unanswered("none") == []


async def test_a_message_is_new_once(store: Backend) -> None:
    assert await store.receive(message())
    assert not await store.receive(message(at=NOW + 5))
    assert await store.finish(message(), Outcome()) == []
    assert not await store.receive(message())
    assert await store.unanswered("chat") == []


async def test_an_outcome_is_saved_once(store: Backend) -> None:
    assert await finished(store, message(), b"one", b"two", anna=b"state") == [entry(1, b"one"), entry(2, b"two")]
    again = Outcome(entries=(b"three",), conversations={"anna": b"other", "bert": b"new"}, forgets=True)
    assert await store.finish(message(), again) == []
    assert await store.entries("chat", "chat:anna") == [entry(1, b"one"), entry(2, b"two")]
    assert (await store.load("anna"), await store.load("bert")) == (b"state", None)


async def test_what_was_never_received_has_no_outcome(store: Backend) -> None:
    assert await store.finish(message(), Outcome(entries=(b"one",), conversations={"anna": b"state"})) == []
    assert await store.entries("chat", "chat:anna") == []
    assert await store.load("anna") is None


async def test_a_log_is_numbered_for_itself_and_read_from_any_number(store: Backend) -> None:
    await finished(store, message("1"), b"one")
    assert await finished(store, message("2")) == []
    assert await finished(store, message("3"), b"two", b"three") == [entry(2, b"two"), entry(3, b"three")]
    assert await finished(store, message("4"), b"four") == [entry(4, b"four")]
    assert await finished(store, message("5", conversation="chat:bert"), b"his") == [entry(1, b"his", "chat:bert")]
    numbers = [[e.number for e in await store.entries("chat", "chat:anna", after)] for after in (0, 2, 4, 9)]
    assert numbers == [[1, 2, 3, 4], [3, 4], [], []]
    assert await store.entries("text", "chat:anna") == []


async def test_an_entry_goes_out_or_dies_and_may_be_revived(store: Backend) -> None:
    await finished(store, message("his", conversation="chat:bert"), b"his")
    one, two, three = await finished(store, message("hers", at=NOW + 1), b"one", b"two", b"three")
    await store.sent(one)
    await store.failed(two)
    await store.failed(two)
    tried = entry(2, b"two", at=NOW + 1, attempts=2)
    assert await store.unsent("chat") == [tried, three, entry(1, b"his", "chat:bert")]
    await store.died(two, "status 400")
    await store.died(entry(1, b"his", "chat:bert"), "refused")
    await store.died(one, "too late: it was sent")
    assert await store.unsent("chat") == [three]
    assert await store.dead("chat") == [(entry(1, b"his", "chat:bert"), "refused"), (tried, "status 400")]
    assert [e.body for e in await store.entries("chat", "chat:anna")] == [b"", b"two", b"three"]
    assert await store.dead("text") == []
    assert await store.revive("text") == 0
    assert await store.revive("chat") == 2
    assert await store.revive("chat") == 0
    assert await store.dead("chat") == []
    assert await store.unsent("chat") == [entry(2, b"two", at=NOW + 1), three, entry(1, b"his", "chat:bert")]


async def test_an_entry_that_is_gone_can_still_be_settled(store: Backend) -> None:
    for settle in (store.sent(entry(7, b"x")), store.failed(entry(7, b"x")), store.died(entry(7, b"x"), "why")):
        await settle
    assert await store.entries("chat", "chat:anna") == []
    assert await store.dead("chat") == []


async def test_a_dialogue_is_saved_and_forgotten(store: Backend) -> None:
    assert await store.load("anna") is None
    await store.save("anna", b"\x00one", NOW)
    await store.save("anna", b"\xfftwo", NOW)
    assert await store.load("anna") == b"\xfftwo"
    await store.save("anna", None, NOW)
    await store.save("anna", None, NOW)
    assert await store.load("anna") is None
    await store.save("anna", b"one", NOW)
    await finished(store, message(), anna=None, bert=b"his")
    assert (await store.load("anna"), await store.load("bert")) == (None, b"his")


async def test_a_mark_is_set_and_taken_away(store: Backend) -> None:
    assert not await store.marked("stopped:anna")
    for on in (True, True, False, False, True):
        await store.mark("stopped:anna", on)
        assert await store.marked("stopped:anna") is on
    assert not await store.marked("stopped:bert")


async def test_what_is_forgotten_is_gone_and_nothing_else(store: Backend) -> None:
    for name in ("anna", "bert"):
        await finished(store, message(f"{name} 1", conversation=f"chat:{name}"), b"one", b"two", **{name: b"state"})
        await store.receive(message(f"{name} 2", conversation=f"chat:{name}"))
    await store.forget("chat", "chat:anna", "anna")
    assert await store.entries("chat", "chat:anna") == []
    assert await store.load("anna") is None
    assert await store.unanswered("chat") == [message("bert 2", conversation="chat:bert")]
    assert [e.number for e in await store.entries("chat", "chat:bert")] == [1, 2]
    assert await store.load("bert") == b"state"


async def test_what_was_forgotten_does_not_come_back_with_an_answer_under_way(store: Backend) -> None:
    await finished(store, message("1"), b"one", b"two", anna=b"state")
    await store.receive(message("2"))
    await store.forget("chat", "chat:anna", "anna")
    assert await store.finish(message("2"), Outcome(entries=(b"old",), conversations={"anna": b"old"})) == []
    assert not await store.receive(message("2"))
    assert await store.load("anna") is None
    assert await finished(store, message("3"), b"new") == [entry(3, b"new")]
    await store.sent(entry(1, b"one"))
    assert await store.entries("chat", "chat:anna") == [entry(3, b"new")]


async def test_an_outcome_can_forget_all_that_went_before(store: Backend) -> None:
    await finished(store, message("1"), b"one", b"two")
    await store.receive(message("3"))
    await store.receive(message("2"))
    outcome = Outcome(entries=(b"deleted",), forgets=True)
    assert await store.finish(message("2"), outcome) == [entry(3, b"deleted")]
    assert await store.entries("chat", "chat:anna") == [entry(3, b"deleted")]
    assert await store.unanswered("chat") == [message("3")]


async def test_what_is_too_old_is_forgotten(store: Backend) -> None:
    old, new = NOW - 2 * DAY, NOW - DAY
    await finished(store, message("old", conversation="chat:old", at=old), b"one", old=b"state")
    await finished(store, message("new", conversation="chat:new", at=new), b"one", new=b"state")
    await store.receive(message("waiting", conversation="chat:old", at=old))
    (dead,) = await finished(store, message("dead", conversation="chat:dead", at=old), b"one")
    await store.died(dead, "refused")
    await finished(store, message("used 1", conversation="chat:used", at=old), b"one")
    await finished(store, message("used 2", conversation="chat:used", at=new), b"two")
    (sent,) = await finished(store, message("sent", conversation="chat:sent", at=old), b"one")
    await store.sent(sent)
    await store.receive(message("read", conversation="chat:read", at=old))
    await store.finish(message("read", conversation="chat:read", at=old), Outcome(entries=(b"one",), pushed=False))
    names = ("old", "new", "used", "sent", "read", "dead")
    assert await store.expire(old - 1, new - 1) == Expired(lost=0, more=False)
    assert [len(await store.entries("chat", f"chat:{name}")) for name in names] == [1, 1, 2, 0, 0, 1]
    assert [e.conversation for e in await store.unsent("chat")] == ["chat:new", "chat:old", "chat:used", "chat:used"]
    assert (await store.load("old"), await store.load("new")) == (None, b"state")
    assert [(e.conversation, reason) for e, reason in await store.dead("chat")] == [("chat:dead", "refused")]
    assert await store.expire(old + 1, new - 1) == Expired(lost=2, more=False), "one was not sent, one is dead"
    assert [len(await store.entries("chat", f"chat:{name}")) for name in names] == [0, 1, 2, 0, 0, 0]
    assert (await store.dead("chat"), await store.revive("chat")) == ([], 0)
    assert await store.expire(new - 1, new - 1) == Expired(lost=0, more=False)
    assert await store.unanswered("chat") == []
    assert await store.receive(message("old"))
    assert not await store.receive(message("new"))
    assert await finished(store, message("anew", conversation="chat:old"), b"anew") == [entry(1, b"anew", "chat:old")]


async def test_of_much_that_is_too_old_a_part_is_forgotten_at_once(store: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sql, redis):
        monkeypatch.setattr(module, "EXPIRED_AT_ONCE", 2)
    at = NOW - 5
    for number in range(5):
        name = f"p{number}"
        await finished(store, message(name, conversation=f"chat:{name}", at=at + number), b"one", **{name: b"state"})
    assert await store.expire(at + 4, at + 4) == Expired(lost=2, more=True)
    assert [len(await store.entries("chat", f"chat:p{number}")) for number in range(5)] == [0, 0, 1, 1, 1]
    assert await store.expire(at + 4, at + 4) == Expired(lost=2, more=True)
    assert await store.expire(at + 4, at + 4) == Expired(lost=0, more=False)
    assert [await store.load(f"p{number}") for number in range(5)] == [None] * 4 + [b"state"]
    assert [await store.receive(message(f"p{number}")) for number in range(5)] == [True] * 4 + [False]


async def test_of_the_same_message_at_once_one_is_new_and_one_is_answered(store: Backend) -> None:
    assert sum(await asyncio.gather(*(store.receive(message()) for _ in range(20)))) == 1
    outcome = Outcome(entries=(b"one", b"two"), conversations={"anna": b"state"})
    found = await asyncio.gather(*(store.finish(message(), outcome) for _ in range(20)))
    assert sorted(map(len, found)) == [0] * 19 + [2]
    assert len(await store.entries("chat", "chat:anna")) == 2


async def test_numbers_have_no_gap_whoever_writes_at_once(durable: Place, tmp_path: Path) -> None:
    stores = [backend_of(durable.url, tmp_path)[0] for _ in range(3)]

    async def write(store: Backend, name: str) -> list[int]:
        return [e.number for e in await finished(store, message(name), b"a", b"b", b"c")]

    writing = (write(store, f"{i} {j}") for j in range(8) for i, store in enumerate(stores))
    given = await asyncio.gather(*writing)
    assert all(numbers == list(range(numbers[0], numbers[0] + 3)) for numbers in given)
    assert sorted(n for numbers in given for n in numbers) == list(range(1, 3 * len(given) + 1))
    assert len(await stores[0].entries("chat", "chat:anna")) == 3 * len(given)
    for store in stores:
        await store.close()


async def test_everything_is_there_after_it_was_closed(durable: Place, tmp_path: Path) -> None:
    store, _ = backend_of(durable.url, tmp_path)
    await finished(store, message("1"), b"one", anna=b"state")
    await store.receive(message("2"))
    await store.mark("m", True)
    await store.close()
    store, _ = backend_of(durable.url, tmp_path)
    assert await store.unanswered("chat") == [message("2")]
    assert await store.unsent("chat") == [entry(1, b"one")]
    assert await store.load("anna") == b"state"
    assert await store.marked("m")
    await store.close()


async def test_the_heads_of_all_that_is_kept_are_told(store: Backend) -> None:
    assert await store.heads(4) == set()
    await finished(store, message("1"), b"1 sent", b"2 unsent", b"3 dead", anna=b"state", bert=b"st")
    await store.receive(message("waits"))
    await store.sent(entry(1, b"1 sent"))
    await store.died(entry(3, b"3 dead"), "why")
    assert await store.heads(4) == {b"said", b"2 un", b"3 de", b"stat", b"st"}
    await store.forget("chat", "chat:anna", "anna")
    assert await store.heads(99) == {b"st"}
