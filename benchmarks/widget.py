"""How long a patient waits on the widget's line: from sending a message over the WebSocket until its reply is there.

.venv/bin/python -m benchmarks.widget
"""

from __future__ import annotations

import asyncio
import os
import secrets
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bot.channels.web.sessions import Sessions
from bot.state.folder import FILE_OF_KEYS
from bot.state.keys import keys_of
from bot.state.seal import Sealer
from tests.channels.web.client import Tab
from tests.serving import Server

USERS = 32
CONVERSATIONS = 8
SAID = (
    "hello",
    "My left eyelid has been drooping since yesterday",
    "12 days ago",
    "forehead",
    "no",
)
SECRET = secrets.token_hex(32)


def sessions_of(folder: Path) -> Sessions:
    """Tokens of the server's own key: it gives one address only so many sessions in a minute."""
    with closing(keys_of(folder / "state" / FILE_OF_KEYS, Sealer(SECRET.encode()), locked=False)) as keys:
        names = keys.names
    return Sessions(lambda purpose, text: names.hashed("sender", purpose, text))


async def talk(url: str, sessions: Sessions, conversations: int) -> list[tuple[float, float]]:
    """Of each message of one user: the seconds until it was acknowledged, and until its reply was there."""
    took = []
    for _ in range(conversations):
        async with Tab(url, sessions.issue().token) as tab:
            for number, text in enumerate(SAID):
                before, began = len(tab.entries), time.perf_counter()
                await tab.call("say", {"id": f"m{number}", "text": text}, 60)
                acknowledged = time.perf_counter() - began
                await tab.heard(before + 2, 60)
                took.append((acknowledged, time.perf_counter() - began))
    return took


def over_rest(server: Server, conversations: int) -> list[float]:
    """The seconds of each of the same messages over REST, which keeps no log and waits for no acknowledgement."""
    took = []
    for conversation in range(conversations):
        for text in SAID:
            began = time.perf_counter()
            server.rest(f"rest {conversation}", text)
            took.append(time.perf_counter() - began)
    return took


def cpu_seconds(process: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show(name: str, seconds: list[float]) -> None:
    cuts = statistics.quantiles([each * 1000 for each in seconds], n=20)
    print(f"  {name}: p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms")


def measure(server: Server, sessions: Sessions) -> None:
    asyncio.run(talk(server.url, sessions, 2))
    print("1 user")
    show("REST, replied", over_rest(server, CONVERSATIONS))
    for users, conversations in ((1, CONVERSATIONS), (USERS, 1)):
        before, began = cpu_seconds(server.process.pid), time.perf_counter()
        took = asyncio.run(side_by_side(server.url, sessions, users, conversations))
        speed = len(took) / (time.perf_counter() - began)
        cpu = (cpu_seconds(server.process.pid) - before) / len(took) * 1000
        print(f"{users} at once, {len(took)} messages, {speed:.0f} a second, {cpu:.0f} ms of CPU each")
        show("widget, acknowledged", [acknowledged for acknowledged, _ in took])
        show("widget, replied", [replied for _, replied in took])


async def side_by_side(url: str, sessions: Sessions, users: int, conversations: int) -> list[tuple[float, float]]:
    """What `users` measure at once."""
    talking = (talk(url, sessions, conversations) for _ in range(users))
    return [each for one in await asyncio.gather(*talking) for each in one]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), AFTERCHECK_SECRET=SECRET) as server:
        measure(server, sessions_of(Path(folder)))
        print(server.errors(), end="")


if __name__ == "__main__":
    main()
