"""Deleted is deleted: with the main key and every file in hand, what was forgotten opens in no copy of the store."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.state import ring as module
from bot.state.backend import StoreError
from bot.state.folder import Folder
from bot.state.keys import keys_of
from bot.state.model import Entry, Outcome, Received
from bot.state.places import MEMORY, backend_of
from bot.state.records import RECORD_BYTES
from bot.state.ring import HEAD_BYTES, Ring
from bot.state.seal import Sealer, UnreadableError
from bot.state.state import State
from tests.state.conftest import Place

MAIN = Sealer(b"a secret")
ANNA, BERT = "sms:anna", "sms:bert"


async def opened(place: Place, root: Path) -> State:
    folder = None if place.url == MEMORY else Folder(root / "keys")
    made = State(backend_of(place.url, root)[0], MAIN, folder)
    await made.start()
    return made


def message(id_: str, conversation: str = ANNA, at: float | None = None) -> Received:
    return Received(channel="sms", id=id_, conversation=conversation, at=at or time.time(), body=f"said {id_}".encode())


async def said(kept: State, id_: str, conversation: str = ANNA, at: float | None = None) -> list[Entry]:
    received = message(id_, conversation, at)
    await kept.receive(received)
    return await kept.finish(received, answered(id_, conversation))


def answered(id_: str, conversation: str = ANNA, *, forgets: bool = False) -> Outcome:
    state, numbers = f"state {id_}".encode(), f"numbers {id_}".encode()
    return Outcome(
        entries=(f"reply {id_}".encode(),),
        conversations={conversation: state, f"{conversation}#numbers": numbers},
        forgets=forgets,
    )


async def bodies(kept: State) -> list[tuple[bytes, str]]:
    """All that is sealed in the store of Anna's, with what it is bound to."""
    found = [(entry.body, ANNA) for entry in await kept._backend.entries("sms", ANNA)]
    found += [(waiting.body, ANNA) for waiting in await kept._backend.unanswered("sms") if waiting.conversation == ANNA]
    for name in (ANNA, f"{ANNA}#numbers"):
        state = await kept._backend.load(kept._key(name))
        found += [(state, name)] if state else []
    return found


def opens(folder: Path, sealed: bytes, bound: str) -> bool:
    """Whether somebody who has the folder of the keys, and the main key, can read this; however broken a record may be."""
    content = b"".join(file.read_bytes() for file in sorted(folder.iterdir()))
    for file in folder.glob("*.keys"):
        keys = keys_of(file, MAIN, locked=False)
        try:
            Ring(keys, None).open(sealed, bound)  # type: ignore[arg-type]
        except UnreadableError:
            pass
        else:
            return True
        finally:
            keys.close()
    return sealed[1:HEAD_BYTES] in content


Forget = Callable[[State], Awaitable[object]]


async def in_an_outcome(kept: State) -> None:
    assert await said_and_deleted(kept)


async def said_and_deleted(kept: State) -> list[Entry]:
    wish = message("delete what I said")
    await kept.receive(wish)
    return await kept.finish(wish, answered("deleted", forgets=True))


async def at_once(kept: State) -> None:
    await kept.forget("sms", ANNA)
    await kept.save(f"{ANNA}#numbers", None, time.time())


@pytest.mark.parametrize("forget", [in_an_outcome, at_once])
async def test_what_was_forgotten_opens_in_no_copy_of_the_store(durable: Place, tmp_path: Path, forget: Forget) -> None:
    kept = await opened(durable, tmp_path)
    await said(kept, "1")
    await said(kept, "his", BERT)
    await said(kept, "2")
    old, content = await bodies(kept), durable.content()
    assert len(old) == 4
    assert all(body in content for body, _ in old)
    before, after = tmp_path / "before", tmp_path / "after"
    shutil.copytree(tmp_path / "keys", before)
    assert all(opens(before, *each) for each in old)
    records = {
        record
        for file in before.glob("*.keys")
        for start in range(RECORD_BYTES, file.stat().st_size, RECORD_BYTES)
        for record in [file.read_bytes()[start : start + RECORD_BYTES]]
    }
    await forget(kept)
    shutil.copytree(tmp_path / "keys", after)
    assert [bound for body, bound in old if opens(after, body, bound)] == []
    left = b"".join(file.read_bytes() for file in after.iterdir())
    assert sum(record in left for record in records) == 2  # Bert's, and that of his numbers
    new = await bodies(kept)
    assert all(opens(after, *each) for each in new)
    assert [entry.body for entry in await kept.entries("sms", BERT)] == [b"reply his"]
    assert await kept.load(f"{BERT}#numbers") == b"numbers his"
    assert [entry.body for entry in await said(kept, "3")] == [b"reply 3"]
    await kept.close()


async def test_what_waits_while_all_is_deleted_stays_readable_and_then_the_old_key_goes(durable: Place, tmp_path: Path) -> None:
    kept = await opened(durable, tmp_path)
    await said(kept, "1")
    (old, *_) = await bodies(kept)
    wish = message("delete what I said")
    await kept.receive(wish)
    await kept.receive(message("afterwards"))
    assert [entry.body for entry in await kept.finish(wish, answered("deleted", forgets=True))] == [b"reply deleted"]
    await kept.close()
    kept = await opened(durable, tmp_path)
    assert [waiting.body for waiting in await kept.unanswered("sms")] == [b"said afterwards"]
    assert [entry.body for entry in await kept.entries("sms", ANNA)] == [b"reply deleted"]
    assert await kept.load(ANNA) == b"state deleted"
    await kept.close()
    assert opens(tmp_path / "keys", *old)  # one key opens what was said before and what waits
    kept = await opened(durable, tmp_path)
    await kept.receive(message("and then"))
    await kept.finish(message("and then"), answered("deleted again", forgets=True))
    assert await kept.finish(message("afterwards"), answered("afterwards"))
    assert not opens(tmp_path / "keys", *old)
    assert all(opens(tmp_path / "keys", *each) for each in await bodies(kept))
    await kept.close()


async def test_a_message_on_its_way_into_the_store_while_all_is_deleted_can_be_read(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await opened(place, tmp_path)
    await said(kept, "1")
    started, go_on = asyncio.Event(), asyncio.Event()
    receive = kept._backend.receive

    async def slow(received: Received) -> bool:
        started.set()
        await go_on.wait()
        return await receive(received)

    monkeypatch.setattr(kept._backend, "receive", slow)
    coming = asyncio.create_task(kept.receive(message("slow")))
    await started.wait()
    await kept.forget("sms", ANNA)
    go_on.set()
    assert await coming
    assert [waiting.body for waiting in await kept.unanswered("sms")] == [b"said slow"]
    await kept.close()


async def test_what_an_earlier_process_left_is_made_good(
    durable: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await opened(durable, tmp_path)
    await said(kept, "1")
    await kept.receive(message("waits", BERT))
    (old, *_) = await bodies(kept)

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(kept._ring, "destroy", killed)
    with pytest.raises(KeyboardInterrupt):
        await said_and_deleted(kept)
    await kept.close()
    assert opens(tmp_path / "keys", *old)
    kept = await opened(durable, tmp_path)
    assert opens(tmp_path / "keys", *old)  # the key was made a moment ago
    assert 0 < kept._ring.due_in() <= module.GRACE_SECONDS
    await kept.close()
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.0)
    kept = await opened(durable, tmp_path)
    assert not opens(tmp_path / "keys", *old)
    assert await kept.load(ANNA) == b"state deleted"
    assert [waiting.body for waiting in await kept.unanswered("sms")] == [b"said waits"]
    await kept.close()


async def test_when_the_store_does_not_say_whether_it_forgot_the_key_goes_when_that_is_known(
    durable: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await opened(durable, tmp_path)
    await said(kept, "1")
    (old, *_) = await bodies(kept)
    finish = kept._backend.finish

    async def saved_but_cut_off(*arguments: object) -> list[Entry]:
        await finish(*arguments)  # type: ignore[arg-type]
        raise OSError("the line is cut")

    with monkeypatch.context() as cut:
        cut.setattr(kept._backend, "finish", saved_but_cut_off)
        with pytest.raises(OSError, match="cut"):
            await said_and_deleted(kept)
    assert opens(tmp_path / "keys", *old)
    wish = message("delete what I said")
    assert await kept.finish(wish, answered("deleted", forgets=True)) == []
    assert [entry.body for entry in await kept.entries("sms", ANNA)] == [b"reply deleted"]
    assert 0 < kept._ring.due_in() <= module.GRACE_SECONDS
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.0)
    kept._ring._due = 0.0
    await kept.expire()
    assert not opens(tmp_path / "keys", *old)
    assert await kept.load(ANNA) == b"state deleted"
    await kept.close()


async def test_what_is_too_old_takes_its_key_along(durable: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = await opened(durable, tmp_path)
    (entry,) = await said(kept, "old", at=time.time() - 25 * 3600)
    await said(kept, "new", BERT)
    (old, *_) = await bodies(kept)
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.0)
    kept._ring._due = 0.0
    await kept.expire()
    assert opens(tmp_path / "keys", *old), "its reply is still to be delivered"
    await kept.sent(entry)
    kept._ring._due = 0.0
    await kept.expire()
    assert not opens(tmp_path / "keys", *old)
    assert [entry.body for entry in await kept.entries("sms", BERT)] == [b"reply new"]
    await kept.close()


async def test_dead_letters_can_be_sent_again_until_they_are_forgotten(
    durable: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await opened(durable, tmp_path)
    (letter,) = await said(kept, "1")
    await kept.died(letter, "refused")
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.0)
    await kept.close()
    kept = await opened(durable, tmp_path)
    assert [entry.body for entry, _ in await kept.dead("sms")] == [b"reply 1"]
    await said_and_deleted(kept)
    assert await kept.dead("sms") == []
    await kept.close()


async def test_nothing_is_taken_in_without_the_file_of_keys(durable: Place, tmp_path: Path) -> None:
    kept = await opened(durable, tmp_path)
    await said(kept, "1")
    (file,) = (tmp_path / "keys").glob("*.keys")
    file.rename(tmp_path / "away")
    for conversation in (ANNA, BERT):
        with pytest.raises(StoreError, match="file of keys"):
            await kept.receive(message("2", conversation))
    assert await kept.unanswered("sms") == []
    (tmp_path / "away").rename(file)
    assert await kept.receive(message("2"))
    await kept.close()


async def test_a_retry_on_its_way_while_all_is_deleted_keeps_no_key(
    durable: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await opened(durable, tmp_path)
    await said(kept, "1")
    (old, *_) = await bodies(kept)
    receive = kept._backend.receive

    async def deleted_meanwhile(received: Received) -> bool:
        await kept.forget("sms", ANNA)
        return await receive(received)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(kept._backend, "receive", deleted_meanwhile)
        assert not await kept.receive(message("1"))
    assert 0 < kept._ring.due_in() <= module.GRACE_SECONDS
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.0)
    kept._ring._due = 0.0
    await kept.expire()
    assert not opens(tmp_path / "keys", *old)
    await kept.close()


async def test_a_turn_in_a_known_conversation_writes_no_key(durable: Place, tmp_path: Path) -> None:
    kept = await opened(durable, tmp_path)
    await said(kept, "1")
    (file,) = (tmp_path / "keys").glob("*.keys")
    before = file.read_bytes(), file.stat().st_mtime_ns
    for n in range(3):
        await said(kept, f"more {n}")
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    await kept.close()


async def test_a_key_that_cannot_be_overwritten_now_is_overwritten_later(
    durable: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept = await opened(durable, tmp_path)
    await said(kept, "1")
    (old, *_) = await bodies(kept)

    def broken(places: object) -> None:
        raise OSError("the disk is away")

    with monkeypatch.context() as away:
        away.setattr(kept._ring.keys, "overwrite", broken)
        assert await said_and_deleted(kept)
    assert [record.getMessage() for record in caplog.records] == ["keys are not destroyed yet: OSError"]
    assert opens(tmp_path / "keys", *old)
    kept._ring._due = 0.0
    await kept.expire()
    assert not opens(tmp_path / "keys", *old)
    await kept.close()
