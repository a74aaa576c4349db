"""A web application served in this process, so that a test can change what stands behind it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def served(make: Callable[[], Any]) -> Iterator[str]:
    """The address of an application (bot.server.Application), made in a thread of its own."""
    from bot.listen import address_of, listen
    from bot.server import Server

    listener = listen("127.0.0.1", "0")
    address = f"http://{address_of(listener)}"
    server = Server(make())
    # Signals are the business of the main thread, which runs the tests.
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment]
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < end
        time.sleep(0.01)
    yield address
    server.should_exit = True
    thread.join(30)
    assert not thread.is_alive()
