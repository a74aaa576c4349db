"""The keys of the conversations: a small file beside the main key, in which each key can be destroyed for good.

Every key is a record of a fixed size at a fixed place, wrapped with the main key. It is written and synced before anything
is sealed with it, and destroyed by overwriting it where it stands: there is no journal and no older copy in which it could
be found again. A record that was written or overwritten by half has a wrong checksum; it counts as none, is wiped when the
file is opened next, and harms no other.

One process writes (`locked`); others may read at the same time.
"""

from __future__ import annotations

import os
import secrets
import struct
import time
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.state.records import RECORD_BYTES, Disk, Memory, Records
from bot.state.seal import KEY_BYTES, Cipher, Names, Sealer, UnreadableError

ID_BYTES, NAME_BYTES = 12, 16
# The key that sealed everything before there were keys of conversations.
EARLIER, _EARLIER_NAME = bytes(ID_BYTES), bytes(NAME_BYTES)
# Ciphers that are kept ready; those of other conversations are unwrapped again when they are needed.
CIPHERS = 1024

_MAGIC = b"aftchk01"
_SUM = struct.Struct(">I")
_WRAPPED_BYTES = 12 + KEY_BYTES + 16
# id, serial, made, name, wrapped key
_RECORD = struct.Struct(f">{ID_BYTES}sQd{NAME_BYTES}s{_WRAPPED_BYTES}s")
# magic, id of the file, wrapped key for hashing
_HEADER = struct.Struct(f">8s{ID_BYTES}s{_WRAPPED_BYTES}s")


class WrongKeyError(Exception):
    """The file was written with another main key."""


@dataclass(eq=False)
class Key:
    """What is known of a key without unwrapping it.

    id      stands before everything that it sealed
    serial  counts up: of the keys of one name the one with the highest is used
    made    when it was made, as Unix time
    used    when this process last sealed with it, as Unix time
    """

    id: bytes
    serial: int
    made: float
    name: bytes
    place: int
    used: float = 0.0


class Keys:
    """The keys of a file, or of the memory. What is said to block waits for the disk."""

    def __init__(self, store: Records, sealer: Sealer, *, locked: bool) -> None:
        """Read the file. Raises WrongKeyError, and OSError."""
        self._store, self._sealer, self.locked = store, sealer, locked
        self._named: dict[bytes, list[Key]] = {}
        self._by_id: dict[bytes, Key] = {}
        self._ciphers: OrderedDict[bytes, Cipher] = OrderedDict()
        self._free: list[int] = []
        self._places = 1
        self._serial = 0
        self._first = store.read(0)
        self.id, self.names = _header(self._first, sealer)
        self._read()

    def _read(self) -> None:
        self._named, self._by_id, self._free = {}, {}, []
        broken: list[int] = []
        found = []
        self._places = max(1, -(-self._store.size() // RECORD_BYTES))
        for place in range(1, self._places):
            record = self._store.read(place)
            key = _key(record, place)
            if key is not None:
                found.append(key)
                continue
            self._free.append(place)
            if record.strip(b"\0"):
                broken.append(place)
        for key in sorted(found, key=lambda each: each.serial):
            self.add(key)
        if broken and self.locked:
            self.overwrite(broken)

    def check(self) -> None:
        """Raises OSError when the file is not the one any more that was opened: nothing may be sealed with its keys then."""
        if not self._store.there() or self._store.read(0) != self._first:
            raise OSError("the file of keys was removed or replaced")

    def __iter__(self) -> Iterator[Key]:
        return iter(list(self._by_id.values()))

    def __contains__(self, key: Key) -> bool:
        return self._by_id.get(key.id) is key

    def of(self, name: bytes) -> list[Key]:
        """The keys of a name, the one in use last."""
        return list(self._named.get(name, ()))

    def fresh(self, name: bytes) -> tuple[Key, bytes]:
        """A new key and its record, which is to be written before the key is added."""
        self._serial += 1
        place = self._free.pop() if self._free else self._places
        self._places = max(self._places, place + 1)
        made = Key(os.urandom(ID_BYTES), self._serial, time.time(), name, place)
        return made, _record(made, secrets.token_bytes(KEY_BYTES), self._sealer)

    def write(self, key: Key, record: bytes) -> None:
        """Put a record on the disk (blocks)."""
        self._store.write(key.place, record)
        self._store.sync()

    def add(self, key: Key) -> None:
        """Use a key from now on; its record is on the disk."""
        self._serial = max(self._serial, key.serial)
        self._by_id[key.id] = key
        self._named.setdefault(key.name, []).append(key)

    def drop(self, keys: Iterable[Key]) -> list[int]:
        """Forget keys: nothing is opened with them any more. The places where their records are to be overwritten."""
        places = []
        for key in keys:
            if key in self:
                del self._by_id[key.id]
                self._ciphers.pop(key.id, None)
                self._named[key.name].remove(key)
                if not self._named[key.name]:
                    del self._named[key.name]
                places.append(key.place)
        return places

    def overwrite(self, places: Iterable[int]) -> None:
        """Destroy the records at these places (blocks)."""
        for place in places:
            self._store.write(place, bytes(RECORD_BYTES))
        self._store.sync()

    def free(self, places: Iterable[int]) -> None:
        """Use these places again: what stood there is destroyed."""
        self._free.extend(places)

    def cipher(self, id_: bytes) -> Cipher:
        """The cipher of a key. Raises UnreadableError: it was destroyed, or is of another file."""
        if id_ in self._ciphers:
            self._ciphers.move_to_end(id_)
            return self._ciphers[id_]
        if id_ not in self._by_id and not self.locked:
            self._read()  # whoever writes may have made it since
        known = self._by_id.get(id_)
        if known is None:
            raise UnreadableError("the key of something that is kept is gone")
        cipher = self._ciphers[id_] = Cipher(_unwrapped(self._store.read(known.place), known, self._sealer))
        if len(self._ciphers) > CIPHERS:
            self._ciphers.popitem(last=False)
        return cipher

    def close(self) -> None:
        """Let go of the file, and of the lock on it."""
        self._store.close()


def in_memory(sealer: Sealer) -> Keys:
    """Keys that are gone with the process, and names that are the same for the same secret."""
    memory = Memory()
    memory.write(0, new_file(sealer, earlier=True))
    return Keys(memory, sealer, locked=True)


def keys_of(file: Path, sealer: Sealer, *, locked: bool) -> Keys:
    """The keys of a file, for writing when `locked`. Raises BlockingIOError when another process has it for that."""
    disk = Disk(file, locked=locked)
    try:
        return Keys(disk, sealer, locked=locked)
    except BaseException:
        disk.close()
        raise


def id_of(file: Path) -> bytes | None:
    """What names a file of keys for ever; None when it is none. Raises OSError."""
    with file.open("rb") as opened:
        header = _checked(opened.read(RECORD_BYTES))
    return _HEADER.unpack_from(header)[1] if header is not None and header.startswith(_MAGIC) else None


def new_file(sealer: Sealer, *, earlier: bool) -> bytes:
    """The content of a new file; with `earlier`, for a store whose names and bodies were made with the main key itself."""
    if not earlier:
        return _new_header(os.urandom(ID_BYTES), secrets.token_bytes(KEY_BYTES), sealer)
    key = Key(EARLIER, 0, time.time(), _EARLIER_NAME, 1)
    return _new_header(os.urandom(ID_BYTES), sealer.names.key, sealer) + _record(key, sealer.sealing, sealer)


def wrapped_anew(content: bytes, old: Sealer, new: Sealer) -> bytes | None:
    """The content of a file under another main key; None when it is not under the old one."""
    try:
        id_, names = _header(content[:RECORD_BYTES], old)
    except WrongKeyError:
        return None
    wrapped = [_new_header(id_, names.key, new)]
    for start in range(RECORD_BYTES, len(content), RECORD_BYTES):
        record = content[start : start + RECORD_BYTES]
        key = _key(record, start // RECORD_BYTES)
        wrapped.append(bytes(RECORD_BYTES) if key is None else _record(key, _unwrapped(record, key, old), new))
    return b"".join(wrapped)


def _new_header(id_: bytes, hashing: bytes, sealer: Sealer) -> bytes:
    return _summed(_HEADER.pack(_MAGIC, id_, sealer.wrapping.seal(hashing, f"names of {id_.hex()}")))


def _header(record: bytes, sealer: Sealer) -> tuple[bytes, Names]:
    header = _checked(record)
    if header is None or not header.startswith(_MAGIC):
        raise OSError("it is no file of keys")
    _, id_, wrapped = _HEADER.unpack_from(header)
    try:
        return id_, Names(sealer.wrapping.open(wrapped, f"names of {id_.hex()}"))
    except UnreadableError:
        raise WrongKeyError from None


def _record(key: Key, plain: bytes, sealer: Sealer) -> bytes:
    return _summed(_RECORD.pack(key.id, key.serial, key.made, key.name, sealer.wrapping.seal(plain, _bound(key))))


def _key(record: bytes, place: int) -> Key | None:
    checked = _checked(record)
    if checked is None:
        return None
    id_, serial, made, name, _ = _RECORD.unpack_from(checked)
    return Key(id_, serial, made, name, place)


def _unwrapped(record: bytes, key: Key, sealer: Sealer) -> bytes:
    checked = _checked(record)
    if checked is None:
        raise UnreadableError("the record of a key is broken")
    return sealer.wrapping.open(_RECORD.unpack_from(checked)[4], _bound(key))


def _bound(key: Key) -> str:
    return f"{key.name.hex()} {key.id.hex()} {key.serial}"


def _summed(content: bytes) -> bytes:
    padded = content.ljust(RECORD_BYTES - _SUM.size, b"\0")
    return padded + _SUM.pack(zlib.crc32(padded))


def _checked(record: bytes) -> bytes | None:
    content, checksum = record[: -_SUM.size], record[-_SUM.size :]
    return content if len(record) == RECORD_BYTES and _SUM.pack(zlib.crc32(content)) == checksum else None
