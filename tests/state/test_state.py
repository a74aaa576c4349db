from __future__ import annotations

import asyncio
import base64
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from bot.settings import ROOT, STORE, SettingsError
from bot.state import state as module
from bot.state.folder import Folder
from bot.state.model import Entry, Expired, Outcome, Received
from bot.state.places import MEMORY, backend_of
from bot.state.seal import Sealer, UnreadableError
from bot.state.state import State, open_state, state
from tests.state.conftest import Place

SECRET = b"a long random secret"
# Nothing of this may be on a disk.
PLAIN = ("+15550100", "wamid.15550100", "my eyelid droops", "drink some tea", "the report so far", "15550100-inbox")


async def opened(place: Place, root: Path, secret: bytes = SECRET) -> State:
    folder = None if place.url == MEMORY else Folder(root / "keys")
    made = State(backend_of(place.url, root)[0], Sealer(secret), folder)
    try:
        await made.start()
    except SettingsError:
        await made.close()
        raise
    return made


@pytest.fixture
async def kept(place: Place, tmp_path: Path) -> AsyncIterator[State]:
    made = await opened(place, tmp_path)
    yield made
    await made.close()


def message(of: State, id_: str = PLAIN[1], at: float | None = None) -> Received:
    conversation = f"sms:{of.hashed('sms', PLAIN[0])}"
    return Received(channel="sms", id=id_, conversation=conversation, at=at or time.time(), body=PLAIN[2].encode())


async def say_everything(kept: State) -> tuple[Received, list[Entry]]:
    """A message with an outcome, one that waits, a reply that is unsent and one that is dead."""
    said = message(kept)
    assert await kept.receive(said)
    assert await kept.receive(message(kept, "second"))
    bodies = (PLAIN[3].encode(), b"dead " + PLAIN[3].encode())
    replies = await kept.finish(said, Outcome(entries=bodies, conversations={PLAIN[5]: PLAIN[4].encode()}))
    await kept.died(replies[1], "status 400")
    return said, replies


async def test_what_went_in_comes_out(kept: State) -> None:
    said, replies = await say_everything(kept)
    assert [m.id for m in await kept.unanswered("sms")] == ["second"]
    assert (await kept.unanswered("sms"))[0].body == said.body
    assert [entry.body.decode() for entry in replies] == [PLAIN[3], f"dead {PLAIN[3]}"]
    assert await kept.unsent("sms") == replies[:1]
    assert await kept.dead("sms") == [(replies[1], "status 400")]
    assert await kept.entries("sms", said.conversation) == replies
    assert await kept.entries("sms", said.conversation, 1) == replies[1:]
    assert await kept.load(PLAIN[5]) == PLAIN[4].encode()
    await kept.sent(replies[0])
    assert [entry.body for entry in await kept.entries("sms", said.conversation)] == [b"", replies[1].body]
    assert await kept.revive("sms") == 1
    await kept.save(PLAIN[5], None, time.time())
    assert await kept.load(PLAIN[5]) is None
    assert not await kept.receive(said)
    assert await kept.finish(said, Outcome(entries=(b"again",))) == []
    (more,) = await kept.finish(message(kept, "second"), Outcome(entries=(b"more",)))
    await kept.failed(more)
    assert [(entry.number, entry.body, entry.attempts) for entry in await kept.unsent("sms")][-1] == (3, b"more", 1)


async def test_forgetting_reaches_the_dialogue(kept: State) -> None:
    said, _ = await say_everything(kept)
    await kept.save(said.conversation, b"state", said.at)
    await kept.forget("sms", said.conversation)
    assert await kept.load(said.conversation) is None
    assert await kept.entries("sms", said.conversation) == []
    assert await kept.unanswered("sms") == []
    assert await kept.load(PLAIN[5]) == PLAIN[4].encode()


async def test_the_outcome_can_forget(kept: State) -> None:
    said, _ = await say_everything(kept)
    second = message(kept, "second")
    left = await kept.finish(second, Outcome(entries=(b"deleted",), conversations={PLAIN[5]: None}, forgets=True))
    assert await kept.entries("sms", said.conversation) == left
    assert await kept.load(PLAIN[5]) is None


async def test_nothing_can_be_read_on_the_disk(durable: Place, tmp_path: Path) -> None:
    kept = await opened(durable, tmp_path)
    await say_everything(kept)
    content = durable.content()
    assert len(content) > 500
    for text in PLAIN:
        for form in (text.encode(), base64.b64encode(text.encode())[:-4], text.encode().hex().encode()):
            assert form not in content, text
    assert kept.hashed("sms", PLAIN[0]).encode() in content, (
        "what should be there is not found, so that this test finds nothing"
    )
    await kept.close()


async def test_another_key_is_refused_at_the_start_with_what_to_do(durable: Place, tmp_path: Path) -> None:
    kept = await opened(durable, tmp_path)
    said, replies = await say_everything(kept)
    await kept.close()
    with pytest.raises(SettingsError, match=r"another key.*Set AFTERCHECK_SECRET.*aftercheck\.key"):
        await opened(durable, tmp_path, b"another secret")
    kept = await opened(durable, tmp_path)
    assert await kept.entries("sms", said.conversation) == replies
    await kept.close()


async def test_what_cannot_be_opened_is_left_out_and_a_dialogue_never_passes_for_empty(
    place: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = await opened(place, tmp_path)
    said, replies = await say_everything(kept)
    stranger = State(kept._backend, Sealer(b"another secret"))
    await kept._backend.save(stranger._key("anna"), b"rubbish", said.at)
    assert await stranger.entries("sms", said.conversation) == []
    assert await stranger.unsent("sms") == await stranger.dead("sms") == await stranger.unanswered("sms") == []
    with pytest.raises(UnreadableError):
        await stranger.load("anna")
    assert len(caplog.records) == 5
    assert said.conversation not in caplog.text
    assert await kept.entries("sms", said.conversation) == replies
    await kept.close()


async def test_nothing_can_be_moved_to_another_conversation(kept: State) -> None:
    now = time.time()
    await kept.save("anna", b"her report", now)
    sealed = await kept._backend.load(kept._key("anna"))
    await kept._backend.save(kept._key("bert"), sealed, now)
    with pytest.raises(UnreadableError):
        await kept.load("bert")


async def test_a_mark_cannot_be_taken_for_the_key(kept: State) -> None:
    await kept._backend.mark("keys", True)
    await kept.mark("keys", False)
    assert await kept._backend.marked("keys")
    await kept.mark("stopped:anna", True)
    assert await kept.marked("stopped:anna")


async def test_ids_last_a_week_and_conversations_a_day(kept: State) -> None:
    now, minute = time.time(), 60.0
    for name, age in {"day": 24 * 3600 - minute, "over a day": 24 * 3600 + minute, "week": 7 * 24 * 3600 - minute}.items():
        said = message(kept, name, now - age)
        await kept.receive(msgspec.structs.replace(said, conversation=f"sms:{name}"))
        outcome = Outcome(entries=(b"reply",), conversations={name: b"state"}, pushed=False)
        await kept.finish(msgspec.structs.replace(said, conversation=f"sms:{name}"), outcome)
    await kept.receive(message(kept, "over a week", now - 7 * 24 * 3600 - minute))
    await kept.expire()
    assert [await kept.load(name) for name in ("day", "over a day", "week")] == [b"state", None, None]
    assert [len(await kept.entries("sms", f"sms:{name}")) for name in ("day", "over a day", "week")] == [1, 0, 0]
    known = [not await kept.receive(message(kept, name)) for name in ("day", "over a day", "week", "over a week")]
    assert known == [True, True, True, False]


async def test_a_reply_to_a_message_that_waited_is_never_gone(kept: State, caplog: pytest.LogCaptureFixture) -> None:
    now, hour = time.time(), 3600.0
    late = message(kept, "late", now - 30 * hour)
    await kept.receive(late)
    (entry,) = await kept.finish(late, Outcome(entries=(b"reply",), conversations={"sms:anna": b"state"}, at=now))
    await kept.expire()
    assert await kept.unsent("sms") == [entry]
    assert await kept.load("sms:anna") == b"state"
    await kept.died(entry, "refused")
    await kept.expire()
    assert [letter for letter, _ in await kept.dead("sms")] == [entry]
    assert caplog.records == []


async def test_what_was_not_delivered_in_a_week_is_forgotten_and_told(kept: State, caplog: pytest.LogCaptureFixture) -> None:
    old = message(kept, "old", time.time() - 8 * 24 * 3600.0)
    await kept.receive(old)
    await kept.finish(old, Outcome(entries=(b"one", b"two")))
    await kept.expire()
    assert await kept.unsent("sms") == []
    assert [record.getMessage() for record in caplog.records] == ["2 replies that no platform took in a week are forgotten"]


async def test_the_start_forgets_what_grew_too_old_meanwhile(durable: Place, tmp_path: Path) -> None:
    kept = await opened(durable, tmp_path)
    await kept.save("anna", b"state", time.time() - 25 * 3600)
    await kept.close()
    kept = await opened(durable, tmp_path)
    assert await kept.load("anna") is None
    await kept.close()


async def test_it_is_forgotten_again_and_again_also_after_an_error(
    kept: State, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    times: list[float] = []
    enough = asyncio.Event()

    async def expire(*before: float) -> Expired:
        times.append(before[0])
        if len(times) == 1:
            raise OSError("the store is away")
        enough.set()
        return Expired(lost=0, more=False)

    monkeypatch.setattr(kept._backend, "expire", expire)
    monkeypatch.setattr(module, "EXPIRE_EVERY_SECONDS", 0.001)
    forgetting = asyncio.create_task(kept.keep_expiring())
    await asyncio.wait_for(enough.wait(), 10)
    forgetting.cancel()
    assert [record.getMessage() for record in caplog.records] == ["what is too old was not forgotten: OSError"]


# -- the state of the process ------------------------------------------------------------------------------------------


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("AFTERCHECK_STORE", "AFTERCHECK_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "_opened_state", None)
    return monkeypatch


def test_it_opens_itself_where_nothing_did_before(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AFTERCHECK_STORE", "nowhere")
    with pytest.raises(SettingsError, match="AFTERCHECK_STORE"):
        state()
    environment.setenv("AFTERCHECK_STORE", "memory:")
    made = state()
    assert state() is made
    asyncio.run(made.close())


def test_it_is_kept_in_the_project_and_out_of_git(environment: pytest.MonkeyPatch) -> None:
    assert STORE.startswith("sqlite:///state/")
    assert "/state/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_file_and_the_key_beside_it_can_be_read_by_their_owner_only(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("AFTERCHECK_STORE", f"sqlite:///{tmp_path}/new %41?/store.sqlite3")
    made = open_state()
    assert state() is made
    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "new %41?").iterdir()}
    assert {"store.sqlite3", "aftercheck.key"} <= set(files)
    assert set(files.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "new %41?").stat().st_mode) == 0o700
    asyncio.run(made.close())


def test_the_key_is_found_again_and_a_secret_of_the_environment_goes_first(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("AFTERCHECK_STORE", f"sqlite:///{tmp_path}/one.sqlite3")
    first = open_state()
    asyncio.run(first.close())
    second = open_state()
    assert first.hashed("sms", "x") == second.hashed("sms", "x")
    asyncio.run(second.close())
    environment.setenv("AFTERCHECK_SECRET", "a secret")
    with pytest.raises(SettingsError, match="another key"):
        open_state()
    environment.setenv("AFTERCHECK_STORE", f"sqlite:///{tmp_path}/two.sqlite3")
    third = open_state()
    assert third.hashed("sms", "x") != first.hashed("sms", "x")
    asyncio.run(third.close())


def test_in_memory_nothing_is_written(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("AFTERCHECK_STORE", "memory:")
    environment.setattr(module, "ROOT", tmp_path)
    made = open_state()
    asyncio.run(made.save("anna", b"state", time.time()))
    assert asyncio.run(made.load("anna")) == b"state"
    assert list(tmp_path.iterdir()) == []
    asyncio.run(made.close())


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("/var/lib/store", "no address of a store"),
        ("sqlite:///", "no address of a store"),
        ("sqlite://store.sqlite3", "no address of a store"),
        ("mysql://me:hidden@localhost/db", "no address of a store"),
        ("postgresql+asyncpg://me:hidden@localhost/db", "no address of a store"),
        ("memory", "no address of a store"),
        ("sqlite:////proc/none/store.sqlite3", "sqlite store cannot be opened: .*No such file"),
        ("postgresql://me:hidden@127.0.0.1:1/db", "postgresql store cannot be opened: .*refused"),
        ("postgresql://me:a@127.0.0.1:hidden/db", "postgresql store cannot be opened: its address cannot be read"),
        ("redis://me:hidden/@127.0.0.1/0", "redis store cannot be opened: its address cannot be read"),
        ("redis://me:hidden@127.0.0.1:1/0", "redis store cannot be opened: .*refused"),
        ("redis:127.0.0.1", "redis store cannot be opened"),
    ],
)
def test_a_place_that_cannot_be_used_is_refused_with_what_is_expected(
    environment: pytest.MonkeyPatch, place: str, said: str
) -> None:
    environment.setenv("AFTERCHECK_STORE", place)
    with pytest.raises(SettingsError, match=rf"^AFTERCHECK_STORE: .*{said}.*expected `sqlite:///PATH`, .*`memory:`") as raised:
        open_state()
    assert "hidden" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_no_store_is_refused(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("my own notes, which are no database " * 100, encoding="utf-8")
    environment.setenv("AFTERCHECK_STORE", f"sqlite:///{tmp_path}/notes.txt")
    with pytest.raises(SettingsError, match="sqlite store cannot be opened: file is not a database"):
        open_state()
