"""A web application served in this process, so that a test can change what stands behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def served(make: Callable[[], Any]) -> Iterator[str]:
    """The address of an application, which is made once there is a free name for it."""
    from sanic import Sanic

    from bot.listen import address_of, listen

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listener = listen("127.0.0.1", "0")

    async def start(app: Any) -> Any:
        server = await app.create_server(sock=listener, return_asyncio_server=True)
        await server.startup()
        await server.before_start()
        await server.after_start()
        return server

    async def stop(server: Any) -> None:
        await server.before_stop()
        server.close()

    # Several applications may then have one name and start one after the other.
    Sanic.test_mode = True
    try:
        server = asyncio.run_coroutine_threadsafe(start(make()), loop).result(30)
    finally:
        Sanic.test_mode = False
    yield f"http://{address_of(listener)}"
    asyncio.run_coroutine_threadsafe(stop(server), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    listener.close()
