"""The body of a request, as far as its route allows, while all unread bodies together stay small."""

from __future__ import annotations

from collections import Counter

from starlette.exceptions import HTTPException
from starlette.requests import Request

# Bytes of bodies that are being received, from one address and in all: who may send them is known only when they are whole.
MAX_FROM_ADDRESS = 6_000_000
MAX_IN_ALL = 60_000_000


class Bodies:
    """Receives bodies within a budget."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()

    async def of(self, request: Request, most: int, address: str) -> bytes:
        """A body of at most `most` bytes. Raises HTTPException: 413 when it is larger, 503 when there are too many."""
        told = request.headers.get("content-length")
        if told is not None and int(told) > most:
            raise _too_large(most)
        received = bytearray()
        try:
            async for chunk in request.stream():
                received += chunk
                self._held[address] += len(chunk)
                if len(received) > most:
                    raise _too_large(most)
                if self._held[address] > MAX_FROM_ADDRESS or self._held.total() > MAX_IN_ALL:
                    raise HTTPException(503, "too much at once; try again", {"Connection": "close", "Retry-After": "5"})
            return bytes(received)
        finally:
            self._held[address] -= len(received)
            if not self._held[address]:
                del self._held[address]


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"more than {most} bytes", {"Connection": "close"})
