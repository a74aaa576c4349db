"""Sealing: what a patient wrote or reads is unreadable on the disk without the keys, and so are the patients' ids.

The main secret seals nothing of a patient itself: it wraps the keys of the conversations (bot/state/keys.py), so that each
of these can be destroyed by itself, and all of them wrapped anew. A sealed body opens only for the conversation that it was
sealed for, so that nothing can be moved from one patient to another.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.settings import SettingsError

_NONCE_BYTES = 12
KEY_BYTES = 32
_HASH_CHARACTERS = 32


class UnreadableError(Exception):
    """What is kept cannot be opened: it was changed, or sealed with another key or for another conversation."""


class Cipher:
    """Seals and opens with one key (AES-256-GCM)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, bound: str) -> bytes:
        """The sealed form of something. It opens only for the same `bound`, such as the id of a conversation."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, bound.encode())

    def open(self, sealed: bytes, bound: str) -> bytes:
        """What was sealed. Raises UnreadableError."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound.encode())
        except (InvalidTag, ValueError):
            raise UnreadableError("something that is kept cannot be opened") from None


class Names:
    """Hashes names with one key (HMAC-SHA256)."""

    def __init__(self, key: bytes) -> None:
        self.key = key

    def hashed(self, *names: str) -> str:
        """A name for these names, the same each time, from which they cannot be found without the key."""
        return hmac.new(self.key, msgspec.json.encode(names), hashlib.sha256).hexdigest()[:_HASH_CHARACTERS]


class Sealer:
    """The keys that are made from the main secret.

    wrapping     wraps the keys of the conversations
    names        hashes ids, where no key of its own does that (a store from before there were keys of conversations)
    sealing      sealed everything in such a store
    fingerprint  tells two secrets apart without telling anything of either
    """

    def __init__(self, secret: bytes) -> None:
        self.wrapping = Cipher(_derived(secret, b"aftercheck: wrapping"))
        self.names = Names(_derived(secret, b"aftercheck: hashing"))
        self.sealing = _derived(secret, b"aftercheck: sealing")
        self.fingerprint = _derived(secret, b"aftercheck: fingerprint")[:8].hex()

    def hashed(self, *names: str) -> str:
        """As `names` hash them."""
        return self.names.hashed(*names)


def _derived(secret: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label).derive(secret)


def key_in(file: Path) -> bytes:
    """The key of a file that only its owner can read; made when there is none. Raises SettingsError."""
    try:
        if not file.exists():
            _make(file)
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{file}: the key of the store cannot be read or made ({type(error).__name__}). It must hold "
            f"{2 * KEY_BYTES} hexadecimal digits; or set AFTERCHECK_SECRET instead"
        ) from None
    if len(key) != KEY_BYTES:
        raise SettingsError(
            f"{file}: the key of the store must have {2 * KEY_BYTES} hexadecimal digits; it has {2 * len(key)}. "
            "Put back the file that the store was made with"
        )
    return key


def _make(file: Path) -> None:
    """Write a new key, whole or not at all; of two processes that do it at once the first one wins."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as new:
            new.write(secrets.token_bytes(KEY_BYTES).hex())
            new.flush()
            os.fsync(new.fileno())
        file.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
