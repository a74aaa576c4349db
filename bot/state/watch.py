"""Looks after the store of a running server: whether it is still there, still ours, and takes what it is given."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

CHECK_SECONDS = 5.0
# What is away may be back soon, and nothing is taken until that is known.
CHECK_AGAIN_SECONDS = 1.0


async def watch(check: Callable[[], Awaitable[str | None]]) -> None:
    """Check again and again, until this is cancelled. One line is logged when the store fails, and one when it is back."""
    known: str | None = None
    while True:
        await asyncio.sleep(CHECK_SECONDS if known is None else CHECK_AGAIN_SECONDS)
        try:
            wrong = await check()
        except Exception as error:  # nobody would look after the store any more
            wrong = f"it cannot be checked ({type(error).__name__})"
        if wrong is not None and known is None:
            logger.error("the store fails, and takes nothing until that is mended: %s", wrong)
        if wrong is None and known is not None:
            logger.error("the store is good again")
        known = wrong
