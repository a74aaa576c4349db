"""How often a reply is lost or comes twice when the server is killed under load, on all messaging platforms at once.

    python -m benchmarks.killed --kills 30

Patients write to the real server, whose platforms are played on this machine, each as soon as the last one is answered. The
server is killed (SIGKILL) at random moments and started again on the same store; the platforms repeat what was not
acknowledged. In the end every patient must have got each part of the answer once.
"""

from __future__ import annotations

import argparse
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from tests.channels.platforms.conftest import credentials
from tests.channels.platforms.simulation import Api, playing
from tests.serving import Server, aftercheck, request

TEXT = "I cannot breathe"
PATIENTS = 16
# Seconds of load before each kill.
SOONEST, LATEST = 1.0, 4.0


class Load:
    """Patients who write one message each, and how many they are."""

    def __init__(self, apis: dict[str, Api], parts: dict[str, int]) -> None:
        self._apis, self._parts = list(apis.values()), parts
        self._lock = threading.Lock()
        self.url: str | None = None
        self.ended = False
        self.written: list[tuple[Api, str]] = []

    def write(self) -> None:
        """One patient after the other, until the load ends."""
        while not self.ended:
            with self._lock:
                number = len(self.written)
                api = self._apis[number % len(self._apis)]
                name = f"patient-{number}"
                self.written.append((api, name))
            self._said(api, name)
            end = time.monotonic() + 10
            while self.url and not self.ended and time.monotonic() < end and len(api.to(name)) < self._parts[api.platform.name]:
                time.sleep(0.01)

    def _said(self, api: Api, name: str) -> None:
        platform = api.platform
        number = platform.next_number()
        body = platform.body("text", number=number, sender=name, text=TEXT)
        while True:
            url = self.url
            try:
                if url is not None:
                    address = f"{url}/webhooks/{platform.name}/webhook{platform.path(number)}"
                    headers = platform.headers(body, address, time.time())
                    if request(address, platform.method, body, headers).status == 200:
                        return
            except OSError:
                pass
            time.sleep(0.05)


def main() -> None:
    """Kill, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    assert aftercheck("train").returncode == 0
    with tempfile.TemporaryDirectory() as folder, playing() as apis:
        settings = {"AFTERCHECK_CREDENTIALS": str(credentials(Path(folder), apis))}
        with Server(Path(folder), **settings) as server:
            parts = {name: _parts(server.url, api) for name, api in apis.items()}
        load = Load(apis, parts)
        writers = [threading.Thread(target=load.write) for _ in range(PATIENTS)]
        for writer in writers:
            writer.start()
        for kill in range(given.kills):
            with Server(Path(folder), **settings) as server:
                load.url = server.url
                time.sleep(chance.uniform(SOONEST, LATEST))
                load.url = None
                server.stop(signal.SIGKILL)
            print(f"kill {kill + 1}: {len(load.written)} patients, {_doubled(load, parts)} doubled so far", flush=True)
        with Server(Path(folder), **settings) as server:
            load.url = server.url
            load.ended = True
            for writer in writers:
                writer.join()
            for api, name in load.written:
                api.wait(name, parts[api.platform.name], 60)
            time.sleep(2)
        by_platform = Counter(dict.fromkeys(apis, 0))
        for api, name in load.written:
            by_platform[api.platform.name] += max(0, len(api.to(name)) - parts[api.platform.name])
        print(f"{given.kills} kills, {len(load.written)} patients, {sum(by_platform.values())} doubled: {dict(by_platform)}")


def _parts(url: str, api: Api) -> int:
    """Of how many messages the answer is made on a platform."""
    load = Load({api.platform.name: api}, {})
    load.url = url
    load._said(api, "first")
    api.wait("first")
    time.sleep(2)
    return len(api.to("first"))


def _doubled(load: Load, parts: dict[str, int]) -> int:
    return sum(max(0, len(api.to(name)) - parts[api.platform.name]) for api, name in list(load.written))


if __name__ == "__main__":
    main()
