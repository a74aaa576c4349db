"""The file of keys: what it holds, and what is left of what it held."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.state.keys import Key, Keys, WrongKeyError, in_memory, keys_of, new_file, wrapped_anew
from bot.state.records import RECORD_BYTES
from bot.state.seal import Sealer, UnreadableError

MAIN = Sealer(b"a secret")
NAMES = tuple(bytes([n]) * 16 for n in range(1, 5))


def made(keys: Keys, name: bytes = NAMES[0]) -> Key:
    key, record = keys.fresh(name)
    keys.write(key, record)
    keys.add(key)
    return key


def destroyed(keys: Keys, *gone: Key) -> None:
    places = keys.drop(gone)
    keys.overwrite(places)
    keys.free(places)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "aftercheck.keys"
    file.write_bytes(new_file(MAIN, earlier=False))
    return file


# What happens to a file: a key is made or destroyed (the number says which), a record is written by half, it is opened anew.
STEPS = st.lists(
    st.tuples(st.sampled_from(["make", "destroy", "tear", "reopen"]), st.integers(0, 1000)), min_size=1, max_size=40
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_whatever_happens_to_one_key_the_others_open(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "keys"
        file.write_bytes(new_file(MAIN, earlier=False))
        keys, sealed = keys_of(file, MAIN, locked=True), dict[bytes, bytes]()
        order: list[bytes] = []
        for what, number in steps:
            if what == "make":
                key = made(keys, NAMES[number % len(NAMES)])
                sealed[key.id] = keys.cipher(key.id).seal(key.id, "x")
                order.append(key.id)
            elif what == "destroy" and sealed:
                (gone,) = [key for key in keys if key.id == order[number % len(order)]]
                destroyed(keys, gone)
                order.remove(gone.id)
                with pytest.raises(UnreadableError):
                    keys.cipher(gone.id)
                del sealed[gone.id]
            elif what == "tear":
                # The process is killed while it writes: a part of the record is on the disk, and the key was never used.
                key, record = keys.fresh(NAMES[number % len(NAMES)])
                keys.write(key, record[: number % RECORD_BYTES])
                keys.close()
                keys = keys_of(file, MAIN, locked=True)
            elif what == "reopen":
                keys.close()
                keys = keys_of(file, MAIN, locked=True)
            assert {key.id for key in keys} == set(order)
            assert all(keys.cipher(id_).open(body, "x") == id_ for id_, body in sealed.items())
            for name in NAMES:
                assert [key.id for key in keys.of(name)] == [id_ for id_ in order if id_ in {key.id for key in keys.of(name)}]
        keys.close()
        content = file.read_bytes()
        records = [content[start : start + RECORD_BYTES] for start in range(RECORD_BYTES, len(content), RECORD_BYTES)]
        assert sum(1 for record in records if record.strip(b"\0")) == len(order)


def test_a_destroyed_key_leaves_no_byte_in_the_file_and_its_place_is_used_again(file: Path) -> None:
    keys = keys_of(file, MAIN, locked=True)
    first, second = made(keys), made(keys, NAMES[1])
    size = file.stat().st_size
    record = file.read_bytes()[first.place * RECORD_BYTES :][: RECORD_BYTES - 20]
    destroyed(keys, first)
    content = file.read_bytes()
    assert [
        start
        for start in range(len(record) - 8)
        if record[start : start + 8].strip(b"\0") and record[start : start + 8] in content
    ] == []
    third = made(keys)
    assert (third.place, file.stat().st_size) == (first.place, size)
    assert [key.id for key in keys] == [second.id, third.id]
    keys.close()


def test_a_record_does_not_open_for_another_name_or_at_another_main_key(file: Path) -> None:
    keys = keys_of(file, MAIN, locked=True)
    key = made(keys)
    keys.close()
    content = file.read_bytes()
    with pytest.raises(WrongKeyError):
        keys_of(file, Sealer(b"another secret"), locked=True)
    renamed = wrapped_anew(content, MAIN, MAIN)
    assert renamed is not None
    broken = bytearray(renamed)
    at = broken.index(key.name)
    broken[at : at + 16] = NAMES[1]
    file.write_bytes(bytes(broken))
    keys = keys_of(file, MAIN, locked=True)
    assert list(keys) == []  # the checksum is wrong
    keys.close()


def test_names_and_keys_are_the_same_under_another_main_key_and_the_old_one_opens_nothing(file: Path) -> None:
    keys, other = keys_of(file, MAIN, locked=True), Sealer(b"another secret")
    ids = [made(keys, name).id for name in NAMES]
    bodies = [keys.cipher(id_).seal(b"said", "x") for id_ in ids]
    hashed = keys.names.hashed("sms", "+1555")
    destroyed(keys, *[key for key in keys if key.id == ids[1]])
    keys.close()
    wrapped = wrapped_anew(file.read_bytes(), MAIN, other)
    assert wrapped is not None
    assert wrapped_anew(wrapped, MAIN, other) is None
    file.write_bytes(wrapped)
    with pytest.raises(WrongKeyError):
        keys_of(file, MAIN, locked=False)
    keys = keys_of(file, other, locked=True)
    assert keys.names.hashed("sms", "+1555") == hashed
    assert [keys.cipher(id_).open(body, "x") for id_, body in zip(ids, bodies, strict=True) if id_ != ids[1]] == [b"said"] * 3
    keys.close()


def test_one_writes_while_others_read_what_is_new(file: Path) -> None:
    writer, reader = keys_of(file, MAIN, locked=True), keys_of(file, MAIN, locked=False)
    with pytest.raises(BlockingIOError):
        keys_of(file, MAIN, locked=True)
    key = made(writer)
    body = writer.cipher(key.id).seal(b"said", "x")
    assert reader.cipher(key.id).open(body, "x") == b"said"
    new, record = reader.fresh(NAMES[0])
    with pytest.raises(OSError, match="Bad file descriptor"):
        reader.write(new, record)
    writer.close()
    keys_of(file, MAIN, locked=True).close()
    reader.close()


@pytest.mark.parametrize("change", ["removed", "replaced", "overwritten"])
def test_a_file_that_is_another_one_now_is_noticed(file: Path, change: str) -> None:
    keys = keys_of(file, MAIN, locked=True)
    made(keys)
    keys.check()
    if change == "removed":
        file.unlink()
    elif change == "replaced":
        (file.parent / "other").write_bytes(file.read_bytes())
        (file.parent / "other").replace(file)
    else:
        file.write_bytes(new_file(MAIN, earlier=False))
    with pytest.raises(OSError, match="removed or replaced"):
        keys.check()
    keys.close()


@pytest.mark.parametrize("content", [b"", b"x" * 128, bytes(128), b"aftchk01" + bytes(120)])
def test_what_is_no_file_of_keys_is_an_error(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(OSError, match="no file of keys"):
        keys_of(file, MAIN, locked=True)


def test_of_many_keys_few_are_ready_and_all_open() -> None:
    keys = in_memory(MAIN)
    ids = [made(keys, n.to_bytes(16, "big")).id for n in range(1100)]
    bodies = {id_: keys.cipher(id_).seal(b"said", "x") for id_ in ids}
    assert all(keys.cipher(id_).open(body, "x") == b"said" for id_, body in bodies.items())
    assert len(keys._ciphers) == 1024
