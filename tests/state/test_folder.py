"""Which keys belong to which store, stores from before there were keys of conversations, and another main key."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bot.settings import SettingsError
from bot.state import folder as module
from bot.state import ring
from bot.state.folder import KEY_FILE, Folder, opened_folder, rotate_key_file, wrap_all
from bot.state.keys import WrongKeyError, keys_of, new_file
from bot.state.model import Outcome, Received
from bot.state.places import backend_of
from bot.state.seal import Cipher, Sealer, UnreadableError, key_in
from bot.state.state import State
from tests.state.conftest import Place

MAIN, OTHER = Sealer(b"a secret"), Sealer(b"another secret")


async def opened(place: str, folder: Path, sealer: Sealer = MAIN, *, serving: bool = True) -> State:
    made = State(backend_of(place, folder)[0], sealer, Folder(folder), serving=serving)
    try:
        await made.start()
    except SettingsError:
        await made.close()
        raise
    return made


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob("*.keys"))


async def test_a_store_finds_its_keys_whatever_the_file_is_called(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    for name in ("one", "two"):
        kept = await opened(f"sqlite:///{tmp_path}/{name}", folder)
        await kept.save("anna", name.encode(), time.time())
        await kept.close()
    first, second = files(folder)
    assert first != second
    assert "aftercheck.keys" in (first, second)
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in (first, second)} == {0o600}
    (folder / first).rename(folder / "moved.keys")
    for name in ("one", "two"):
        kept = await opened(f"sqlite:///{tmp_path}/{name}", folder)
        assert await kept.load("anna") == name.encode()
        await kept.close()
    assert len(files(folder)) == 2


async def test_a_store_is_refused_without_its_keys_and_opens_when_they_are_back(durable: Place, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    kept = await opened(durable.url, folder)
    await kept.save("anna", b"state", time.time())
    await kept.close()
    shutil.move(folder / "aftercheck.keys", tmp_path / "away")
    for other in (None, "aftercheck.keys"):
        if other:
            (folder / other).write_bytes(new_file(MAIN, earlier=False))
        with pytest.raises(SettingsError, match=r"another file of keys.*Put back the file `aftercheck\.keys`") as refused:
            await opened(durable.url, folder)
        assert "\n" not in str(refused.value)
    shutil.move(tmp_path / "away", folder / "aftercheck.keys")
    with pytest.raises(SettingsError, match=r"another key.*Set AFTERCHECK_SECRET"):
        await opened(durable.url, folder, OTHER)
    kept = await opened(durable.url, folder)
    assert await kept.load("anna") == b"state"
    await kept.close()


async def test_a_second_server_is_refused_and_a_command_may_look(durable: Place, tmp_path: Path) -> None:
    server = await opened(durable.url, tmp_path)
    said = Received(channel="sms", id="1", conversation="sms:anna", at=time.time(), body=b"said")
    await server.receive(said)
    command = await opened(durable.url, tmp_path, serving=False)
    with pytest.raises(SettingsError, match="in use: another server"):
        await opened(durable.url, tmp_path)
    (entry,) = await server.finish(said, Outcome(entries=(b"reply",)))
    await server.died(entry, "refused")
    assert [letter.body for letter, _ in await command.dead("sms")] == [b"reply"]
    with pytest.raises(SettingsError, match="a server or another command uses the keys"):
        Folder(tmp_path, alone=True)
    await command.close()
    await server.close()
    Folder(tmp_path, alone=True).close()


async def test_a_command_makes_nothing_for_a_store_that_was_never_served(durable: Place, tmp_path: Path) -> None:
    command = await opened(durable.url, tmp_path / "keys", serving=False)
    assert await command.dead("sms") == []
    await command.close()
    assert files(tmp_path / "keys") == []


async def as_before(place: str, folder: Path) -> tuple[Received, bytes]:
    """A store as it was written before there were keys of conversations."""
    store, _ = backend_of(place, folder)
    before = Cipher(MAIN.sealing)
    for mark in (f"key:{MAIN.fingerprint}", "key"):
        await store.mark(mark, True)
    conversation = f"sms:{MAIN.hashed('sender', 'sms', '+1555')}"
    body = before.seal(b"\x92\xa42222\xc4\x04said", conversation)
    waiting = Received(
        channel="sms", id=MAIN.hashed("message", "sms", "2222"), conversation=conversation, at=time.time(), body=body
    )
    await store.receive(waiting)
    state = before.seal(b"state", conversation)
    await store.save(MAIN.hashed("dialogue", conversation), state, time.time())
    await store.close()
    return waiting, state


async def test_what_was_kept_before_is_answered_and_goes_on(
    durable: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, state = await as_before(durable.url, tmp_path)
    with pytest.raises(SettingsError, match="another key"):
        await opened(durable.url, tmp_path, OTHER)
    command = await opened(durable.url, tmp_path, serving=False)
    assert [message.body for message in await command.unanswered("sms")] == [b"said"]
    await command.close()
    for sealer in (MAIN, MAIN, OTHER):
        if sealer is OTHER:
            assert wrap_all(tmp_path, MAIN, OTHER) == 1
        kept = await opened(durable.url, tmp_path, sealer)
        assert kept.hashed("sms", "+1555") == waiting.conversation.partition(":")[2]
        (message,) = await kept.unanswered("sms")
        assert (message.id, message.body) == ("2222", b"said")
        assert await kept.load(waiting.conversation) == b"state"
        assert not await kept.receive(message)
        await kept.close()
    monkeypatch.setattr(ring, "GRACE_SECONDS", 0.0)
    kept = await opened(durable.url, tmp_path, OTHER)
    assert await kept.finish(message, Outcome(entries=(b"reply",), conversations={waiting.conversation: b"new"}))
    assert kept._ring.open(state, waiting.conversation) == b"state"
    kept._ring._due = 0.0
    await kept.expire()
    with pytest.raises(UnreadableError):
        kept._ring.open(state, waiting.conversation)
    assert await kept.load(waiting.conversation) == b"new"
    await kept.close()


# -- rotation ----------------------------------------------------------------------------------------------------------


class Kept:
    """A folder with two stores' keys under one main key, each with one conversation."""

    def __init__(self, path: Path, main: Sealer) -> None:
        self.path, self.files, self.bodies = path, [path / "aftercheck.keys", path / "other.keys"], list[tuple[bytes, bytes]]()
        for file in self.files:
            file.write_bytes(new_file(main, earlier=False))
            keys = keys_of(file, main, locked=True)
            key, record = keys.fresh(bytes(15) + b"n")
            keys.write(key, record)
            keys.add(key)
            self.bodies.append((key.id, keys.cipher(key.id).seal(b"said", "x")))
            keys.close()

    def opens(self, main: Sealer) -> list[bool]:
        """Which of the stores' words can be read with a main key."""
        found = []
        for file, (id_, body) in zip(self.files, self.bodies, strict=True):
            try:
                keys = keys_of(file, main, locked=False)
            except WrongKeyError:
                found.append(False)
                continue
            found.append(keys.cipher(id_).open(body, "x") == b"said")
            keys.close()
        return found


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do the work in a process that is killed before one of the steps that change the disk; whether it came that far."""
    child = os.fork()
    if child == 0:
        left = [step]

        def counted(change: Callable[..., object]) -> Callable[..., object]:
            def changed(*arguments: object, **named: object) -> object:
                left[0] -= 1
                if left[0] < 0:
                    os._exit(9)
                return change(*arguments, **named)

            return changed

        for of, name in ((os, "fsync"), (Path, "replace"), (Path, "hardlink_to"), (Path, "unlink"), (Path, "open")):
            setattr(of, name, counted(getattr(of, name)))
        os.fdopen = counted(os.fdopen)  # type: ignore[assignment]
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_a_rotation_that_is_killed_anywhere_is_begun_and_finished_by_the_next_start_or_not_begun(tmp_path: Path) -> None:
    outcomes = set()
    for step in range(200):
        path = tmp_path / str(step)
        old = Sealer(key_in(path / KEY_FILE))
        kept = Kept(path, old)
        was_killed = killed_at(step, partial(rotate_key_file, path))
        opened_folder(path).close()
        main = Sealer(key_in(path / KEY_FILE))
        rotated = main.fingerprint != old.fingerprint
        assert kept.opens(main) == [True, True], step
        assert kept.opens(old) == [not rotated] * 2, step
        assert sorted({file.name for file in path.iterdir() if len(file.suffix) < 6}) == [
            KEY_FILE,
            *[file.name for file in kept.files],
        ]
        outcomes.add(rotated)
        if not was_killed:
            break
    assert step > 15
    assert outcomes == {True, False}


def test_a_rotation_of_the_secret_that_is_killed_anywhere_leaves_one_that_works_and_can_be_done_again(tmp_path: Path) -> None:
    for step in range(200):
        path = tmp_path / str(step)
        path.mkdir()
        kept = Kept(path, MAIN)
        was_killed = killed_at(step, partial(wrap_all, path, MAIN, OTHER))
        opened_folder(path).close()
        assert [a ^ b for a, b in zip(kept.opens(MAIN), kept.opens(OTHER), strict=True)] == [True, True], step
        wrap_all(path, MAIN, OTHER)
        assert (kept.opens(MAIN), kept.opens(OTHER)) == ([False, False], [True, True]), step
        assert sorted(file.name for file in path.iterdir()) == [file.name for file in kept.files]
        if not was_killed:
            break
    assert step > 10


def test_nothing_of_the_old_key_is_left_beside_the_new_one(tmp_path: Path) -> None:
    old = key_in(tmp_path / KEY_FILE)
    kept = Kept(tmp_path, Sealer(old))
    # Another name of the same file: what it holds after the rotation is what is left on the disk of the old one.
    for name in (KEY_FILE, "other.keys"):
        (tmp_path / f"{name}.seen").hardlink_to(tmp_path / name)
    rotate_key_file(tmp_path)
    assert (tmp_path / f"{KEY_FILE}.seen").read_bytes().strip(b"\0") == b""
    assert (tmp_path / "other.keys.seen").read_bytes().strip(b"\0") == b""
    assert kept.opens(Sealer(key_in(tmp_path / KEY_FILE))) == [True, True]


def test_the_keys_of_another_main_key_are_left_alone(tmp_path: Path) -> None:
    kept, content = Kept(tmp_path, MAIN), new_file(OTHER, earlier=False)
    (tmp_path / "theirs.keys").write_bytes(content)
    (tmp_path / "broken.keys").write_bytes(b"no keys")
    assert wrap_all(tmp_path, MAIN, Sealer(b"a third secret")) == 2
    assert (tmp_path / "theirs.keys").read_bytes() == content
    assert kept.opens(Sealer(b"a third secret")) == [True, True]


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="folder of the keys cannot be made"):
        Folder(tmp_path / "file" / "folder")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write", full)
    with pytest.raises(SettingsError, match=r"no file of keys can be made there \(No space left"):
        asyncio.run(opened(f"sqlite:///{tmp_path}/store", tmp_path))
