"""Sealing: what a patient wrote or reads is unreadable on the disk without the key, and so are the patients' ids.

One secret gives two keys, one for sealing (AES-256-GCM) and one for hashing (HMAC-SHA256). A sealed body opens only for
the conversation that it was sealed for, so that nothing can be moved from one patient to another.
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
_KEY_BYTES = 32
_HASH_CHARACTERS = 32


class UnreadableError(Exception):
    """What is kept cannot be opened: it was changed, or sealed with another key or for another conversation."""


class Sealer:
    """Seals, opens and hashes with the keys of one secret."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(_derived(secret, b"aftercheck: sealing"))
        self._hashing = _derived(secret, b"aftercheck: hashing")
        # Tells two secrets apart without telling anything of either.
        self.fingerprint = _derived(secret, b"aftercheck: fingerprint")[:8].hex()

    def seal(self, plain: bytes, conversation: str) -> bytes:
        """The sealed form of something that belongs to a conversation."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, conversation.encode())

    def open(self, sealed: bytes, conversation: str) -> bytes:
        """What was sealed for a conversation. Raises UnreadableError."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], conversation.encode())
        except (InvalidTag, ValueError):
            raise UnreadableError("something that is kept cannot be opened") from None

    def hashed(self, *names: str) -> str:
        """A name for these names, the same each time, from which they cannot be found without the secret."""
        return hmac.new(self._hashing, msgspec.json.encode(names), hashlib.sha256).hexdigest()[:_HASH_CHARACTERS]


def _derived(secret: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=label).derive(secret)


def key_in(file: Path) -> bytes:
    """The key of a file that only its owner can read; made when there is none. Raises SettingsError."""
    try:
        if not file.exists():
            _make(file)
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{file}: the key of the store cannot be read or made ({type(error).__name__}). It must hold "
            f"{2 * _KEY_BYTES} hexadecimal digits; or set AFTERCHECK_SECRET instead"
        ) from None
    if len(key) != _KEY_BYTES:
        raise SettingsError(
            f"{file}: the key of the store must have {2 * _KEY_BYTES} hexadecimal digits; it has {2 * len(key)}. "
            "Put back the file that the store was made with"
        )
    return key


def _make(file: Path) -> None:
    """Write a new key, whole or not at all; of two processes that do it at once the first one wins."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as new:
            new.write(secrets.token_bytes(_KEY_BYTES).hex())
            new.flush()
            os.fsync(new.fileno())
        file.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
