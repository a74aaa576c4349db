from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import SettingsError
from bot.state.seal import Sealer, UnreadableError, key_in

SEALER = Sealer(b"a secret")
CIPHER = SEALER.wrapping


@given(st.binary(), st.text())
def test_what_was_sealed_opens_and_looks_different_each_time(plain: bytes, conversation: str) -> None:
    one, two = CIPHER.seal(plain, conversation), CIPHER.seal(plain, conversation)
    assert one != two
    assert CIPHER.open(one, conversation) == CIPHER.open(two, conversation) == plain


def test_it_opens_with_the_same_secret_only() -> None:
    sealed = CIPHER.seal(b"my eyelid", "chat:anna")
    assert Sealer(b"a secret").wrapping.open(sealed, "chat:anna") == b"my eyelid"
    with pytest.raises(UnreadableError):
        Sealer(b"another").wrapping.open(sealed, "chat:anna")


def test_it_opens_for_its_own_conversation_only() -> None:
    with pytest.raises(UnreadableError):
        CIPHER.open(CIPHER.seal(b"my eyelid", "chat:anna"), "chat:bert")


@given(st.data())
def test_a_changed_one_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(CIPHER.seal(b"my eyelid", "chat:anna"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(UnreadableError):
        CIPHER.open(bytes(sealed), "chat:anna")


@pytest.mark.parametrize("broken", [b"", b"short", bytes(12), bytes(200)])
def test_rubbish_does_not_open(broken: bytes) -> None:
    with pytest.raises(UnreadableError):
        CIPHER.open(broken, "chat:anna")


def test_a_hash_is_the_same_for_the_same_names_and_secret_only() -> None:
    same = {SEALER.hashed("sms", "+1555"), Sealer(b"a secret").hashed("sms", "+1555")}
    others = {
        SEALER.hashed("chat", "+1555"),
        SEALER.hashed("sms", "+1556"),
        SEALER.hashed("sms+", "1555"),
        SEALER.hashed("sms"),
        Sealer(b"another").hashed("sms", "+1555"),
    }
    assert len(same) == 1
    assert len(others) == 5
    assert not same & others
    assert all(len(name) == 32 and "1555" not in name for name in same | others)


def test_the_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "new" / "key"
    key = key_in(file)
    assert (len(key), key_in(file)) == (32, key)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [each.name for each in file.parent.iterdir()] == ["key"]
    assert key_in(tmp_path / "other") != key


def test_who_makes_it_at_once_gets_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        keys = list(threads.map(key_in, [tmp_path / "key"] * 64))
    assert len(set(keys)) == 1


@pytest.mark.parametrize("content", ["", "ab" * 31, "not hexadecimal", "ü"])
def test_a_key_file_that_cannot_be_used_is_named_with_what_it_must_hold(tmp_path: Path, content: str) -> None:
    file = tmp_path / "key"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"key: .*64 hexadecimal digits"):
        key_in(file)
    assert file.read_text(encoding="utf-8") == content


def test_a_key_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"key.* cannot be read or made .*AFTERCHECK_SECRET"):
        key_in(tmp_path / "file" / "key")
