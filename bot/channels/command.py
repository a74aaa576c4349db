"""`aftercheck channels`: what works, what was not delivered and why, and sending that again. Nothing of a patient is told."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import httpx

from bot import channels
from bot.channels.credentials import load_channels
from bot.channels.messaging.channel import SECONDS, MessagingChannel
from bot.channels.messaging.platform import Platform, Refused, Registration, Unavailable
from bot.state.state import State


def check(credentials: Path, public: str | None) -> int:
    """Say of each platform whether it is configured, reachable and registered; 1 when a configured one is not.

    `public` is the address under which the server is reached from outside, such as https://bot.clinic.example.
    """
    configured = _configured(credentials)
    wrong = 0
    for name in sorted({*_known(), *configured}):
        if name not in configured:
            print(f"{name}: not configured")
            continue
        webhook = f"{public.rstrip('/')}/webhooks/{name}/webhook" if public else None
        found = asyncio.run(_asked(type(configured[name].adapter), configured[name].adapter.options, webhook))
        wrong += not found.reachable or found.registered is False
        registered = {True: "registered", False: "NOT registered", None: "registration not told by the platform"}
        state = f"reachable, {registered[found.registered]}" if found.reachable else "NOT reachable"
        print(f"{name}: configured, {state} ({found.detail})")
    return 1 if wrong else 0


async def _asked(platform: type[Platform], options: object, webhook: str | None) -> Registration:
    async with httpx.AsyncClient(timeout=SECONDS) as http:
        try:
            return await platform(options, http).registration(webhook)
        except (Refused, Unavailable) as error:
            return Registration(reachable=False, registered=None, detail=str(error))


def dead(credentials: Path, state: State) -> int:
    """Say how many replies of each channel were given up, since when, and why."""
    for name in _configured(credentials):
        letters = asyncio.run(state.dead(name))
        print(f"{name}: {len(letters)} not delivered")
        for reason, count in Counter(reason for _, reason in letters).most_common():
            since = min(entry.at for entry, why in letters if why == reason)
            print(f"  {count} since {datetime.fromtimestamp(since, timezone.utc):%Y-%m-%d %H:%M} UTC: {reason}")
    return 0


def resend(credentials: Path, state: State, only: str | None) -> int:
    """Let the dead letters be sent again: by the running server within a quarter of a minute, or by the next one."""
    configured = _configured(credentials)
    if only is not None and only not in configured:
        print(f"{only} is not configured in {credentials}; configured: {', '.join(configured) or 'none'}", file=sys.stderr)
        return 1
    for name in [only] if only is not None else configured:
        print(f"{name}: {asyncio.run(state.revive(name))} to be sent again")
    return 0


def _configured(credentials: Path) -> dict[str, MessagingChannel]:
    return {each.name(): each for each in load_channels(credentials) if isinstance(each, MessagingChannel)}


def _known() -> Iterator[str]:
    """The platforms for which there is an adapter beside this file."""
    for module in pkgutil.iter_modules(channels.__path__, f"{channels.__name__}."):
        for found in vars(importlib.import_module(module.name)).values():
            if isinstance(found, type) and issubclass(found, MessagingChannel) and found.__module__ == module.name:
                yield found.name()
