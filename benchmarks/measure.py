"""What is measured of a running bot, from outside: time to the first answer, memory, speed alone and under load."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.bots import Bot

USERS = 32
PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Figures:
    """The figures of one start of a bot, or the medians of several."""

    start_seconds: float
    memory_mb: float
    p50_ms: float
    requests_per_second: float


def measure(bot: Bot, requests: int) -> Figures:
    """Start a bot, measure it with that many requests for each speed, and stop it."""
    began = time.monotonic()
    with bot.running() as processes:
        return asyncio.run(_measure(bot, processes, requests, began))


async def _measure(bot: Bot, processes: list[int], requests: int, began: float) -> Figures:
    timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=USERS)) as session:
        await _first_answer(session, bot)
        start = time.monotonic() - began
        await _talk(session, bot, "warm", 2 * len(bot.said))
        p50 = statistics.median(await _talk(session, bot, "alone", requests)) * 1000
        began = time.monotonic()
        each = -(-requests // USERS)
        await asyncio.gather(*(_talk(session, bot, f"user {user}", each) for user in range(USERS)))
        speed = USERS * each / (time.monotonic() - began)
        return Figures(start, sum(map(memory_mb, with_children(processes))), p50, speed)


async def _first_answer(session: aiohttp.ClientSession, bot: Bot) -> None:
    """Until the bot says something."""
    for attempt in itertools.count():
        try:
            if await _say(session, bot, f"first {attempt}", bot.said[0]):
                return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)


async def _talk(session: aiohttp.ClientSession, bot: Bot, user: str, requests: int) -> list[float]:
    """The seconds of each request of one user, who begins a new conversation after the last message of the script."""
    seconds = []
    for number in range(requests):
        conversation, message = divmod(number, len(bot.said))
        began = time.perf_counter()
        if not await _say(session, bot, f"{user} {conversation}", bot.said[message]):
            raise RuntimeError(f"{bot.name} said nothing to “{bot.said[message]}”")
        seconds.append(time.perf_counter() - began)
    return seconds


async def _say(session: aiohttp.ClientSession, bot: Bot, sender: str, message: str) -> list[object]:
    async with session.post(bot.url, json={"sender": sender, "message": message}) as response:
        response.raise_for_status()
        return list(await response.json())


def with_children(processes: list[int]) -> list[int]:
    """The processes with all their descendants."""
    found = list(processes)
    for process in found:
        for task in Path(f"/proc/{process}/task").iterdir():
            found.extend(int(child) for child in (task / "children").read_text().split())
    return found


def memory_mb(process: int) -> float:
    """The resident memory of a process in megabytes."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def medians(runs: list[Figures]) -> Figures:
    """The median of each figure."""
    names = Figures.__dataclass_fields__
    return Figures(**{name: statistics.median(getattr(run, name) for run in runs) for name in names})
