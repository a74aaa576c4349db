"""How much slower a patient is answered while others flood the server: over the widget's line, against the same server at rest.

.venv/bin/python -m benchmarks.flood
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.widget import SECRET, sessions_of
from tests.channels.web.client import Tab
from tests.serving import Server

FLOODING = 30
TURNS = 25
PAUSE = 0.2
TEXT = "My left eyelid has been drooping since yesterday"


async def patient(url: str, token: str) -> list[float]:
    """The seconds from each message of a patient to its reply."""
    took = []
    async with Tab(url, token) as tab:
        for number in range(TURNS):
            before, began = len(tab.entries), time.perf_counter()
            assert await tab.say(f"p{number}", TEXT) == {"ok": True}
            await tab.heard(before + 2, 60)
            took.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE)
    return took


async def flood(url: str, token: str) -> None:
    """Send without waiting, far over the limit."""
    with contextlib.suppress(asyncio.CancelledError):
        async with Tab(url, token) as tab:
            while True:
                await tab.call("say", {"id": secrets.token_hex(8), "text": TEXT}, 120)


async def measured(url: str, folder: Path) -> tuple[list[float], list[float]]:
    sessions = sessions_of(folder)
    await patient(url, sessions.issue().token)
    quiet = await patient(url, sessions.issue().token)
    flooding = [asyncio.ensure_future(flood(url, sessions.issue().token)) for _ in range(FLOODING)]
    await asyncio.sleep(3)
    loud = await patient(url, sessions.issue().token)
    for task in flooding:
        task.cancel()
    await asyncio.gather(*flooding, return_exceptions=True)
    return quiet, loud


def main() -> None:
    """Print the medians and their ratio."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), AFTERCHECK_SECRET=SECRET) as server:
        # One address: the patient is not even told apart from those who flood by where they come from.
        quiet, loud = asyncio.run(measured(server.url, Path(folder)))
    for name, took in (("at rest", quiet), (f"{FLOODING} sessions flooding", loud)):
        median, most = statistics.median(took) * 1000, statistics.quantiles(took, n=20)[-1] * 1000
        print(f"{name:24} median {median:6.1f} ms   95th {most:6.1f} ms")
    print(f"{'ratio':24} median {statistics.median(loud) / statistics.median(quiet):6.2f}")


if __name__ == "__main__":
    main()
