"""The real server in a process of its own, killed and started again; and what was not delivered sent again meanwhile."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.platforms.conftest import Patient, credentials
from tests.channels.platforms.simulation import Api, playing
from tests.channels.platforms.test_contract import CALL, EMERGENCY, whole
from tests.serving import Server, aftercheck

FIRST = "I will ask a few short questions"
# A running server looks for dead letters to send again four times a minute.
LOOKS_SECONDS = 15.0


@pytest.fixture
def apis() -> Iterator[dict[str, Api]]:
    with playing() as apis:
        yield apis


def patients(server: Server, apis: dict[str, Api], name: str) -> list[Patient]:
    return [Patient(server.url, api, name, None) for api in apis.values()]


def test_after_kill_9_every_patient_gets_one_answer_and_the_conversation_goes_on(
    trained: None, tmp_path: Path, apis: dict[str, Api]
) -> None:
    settings = {"AFTERCHECK_CREDENTIALS": str(credentials(tmp_path, apis))}
    with Server(tmp_path, **settings) as server:
        for api in apis.values():
            api.stalled.set()
        for anna in patients(server, apis, "anna"):
            anna.send("text", EMERGENCY)
        # Acknowledged, and now either before the answer ("typing" hangs) or in the middle of sending it.
        for api in apis.values():
            api.wait_for(lambda api=api: len(api.calls) > 0)  # type: ignore[misc]
        server.stop(signal.SIGKILL)
    for api in apis.values():
        api.stalled.clear()
        assert api.sent == []
    with Server(tmp_path, **settings) as server:
        for anna in patients(server, apis, "anna"):
            anna.api.wait_for(lambda anna=anna: CALL in whole(anna.api.to(anna.name)))  # type: ignore[misc]
        asked = {}
        for berta in patients(server, apis, "berta"):
            berta.send("text", "my eyelid droops")
            berta.api.wait_for(lambda berta=berta: FIRST in whole(berta.api.to(berta.name)))  # type: ignore[misc]
            asked[berta.platform.name] = berta.api.to(berta.name)
        # What a platform took is sent again if nobody could note that it did.
        time.sleep(1.0)
        server.stop(signal.SIGKILL)
    with Server(tmp_path, **settings) as server:
        for berta in patients(server, apis, "berta"):
            before = len(asked[berta.platform.name])
            berta.send("text", "None of these")
            berta.api.wait_for(lambda berta=berta, n=before: len(berta.api.to(berta.name)) > n)  # type: ignore[misc]
            assert FIRST not in whole(berta.api.to(berta.name)[before:])
        for anna in patients(server, apis, "anna"):
            assert whole(anna.api.to(anna.name)).count(CALL) == 1
        assert EMERGENCY not in server.errors()
        assert "droops" not in server.errors()


def test_what_was_not_delivered_is_told_and_sent_again_by_the_running_server(
    trained: None, tmp_path: Path, apis: dict[str, Api]
) -> None:
    file = str(credentials(tmp_path, apis))
    with Server(tmp_path, AFTERCHECK_CREDENTIALS=file) as server:
        [anna] = [each for each in patients(server, apis, "anna") if each.platform.name == "telegram"]
        anna.api.plan += [anna.platform.refusal()] * 20
        anna.send("text", EMERGENCY)
        anna.api.wait_for(lambda: len(anna.api.plan) < 20)
        time.sleep(1.0)
        refused = 20 - len(anna.api.plan)
        anna.api.plan.clear()
        settings = {"AFTERCHECK_CREDENTIALS": file, "AFTERCHECK_STORE": f"sqlite:///{tmp_path}/state/aftercheck.sqlite3"}
        dead = aftercheck("channels", "dead", **settings)
        assert dead.returncode == 0, dead.stderr
        text = dead.stdout.decode()
        assert f"telegram: {refused} not delivered\n  {refused} since 20" in text
        assert "UTC: HTTP 403, 403\n" in text
        assert "slack: 0 not delivered\n" in text
        assert str(anna.platform.person("anna")) not in text
        sent = aftercheck("channels", "resend", "telegram", **settings)
        assert sent.stdout.decode() == f"telegram: {refused} to be sent again\n"
        anna.api.wait_for(lambda: CALL in whole(anna.api.to(anna.name)), LOOKS_SECONDS + 10)
        assert whole(anna.api.to(anna.name)).count(CALL) == 1
