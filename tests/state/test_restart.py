"""The real server is killed in the middle of a conversation, and the next one goes on with it."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.serving import Server, aftercheck
from tests.state.conftest import Place

SAID = ("My left eyelid has been drooping since yesterday", "12 days ago", "forehead", "no", "delete what I said", "hello")


def test_a_conversation_goes_on_after_kill_9(durable: Place, trained: None, server: Server, tmp_path: Path) -> None:
    expected = [server.rest(tmp_path.name, text) for text in SAID]
    replies = []
    for texts in (SAID[:3], SAID[3:]):
        with Server(tmp_path, AFTERCHECK_STORE=durable.url, AFTERCHECK_SECRET="a secret") as running:
            replies += [running.rest("patient 4711", text) for text in texts]
            running.stop(signal.SIGKILL)
        assert running.errors() == ""
    without_recipient = [[{**reply, "recipient_id": ""} for reply in each] for each in replies]
    assert without_recipient == [[{**reply, "recipient_id": ""} for reply in each] for each in expected]
    content = durable.content()
    assert not [word for word in (b"patient 4711", b"eyelid", b"forehead") if word in content]


def test_a_server_that_is_stopped_leaves_one_file_with_everything_in_it(trained: None, tmp_path: Path) -> None:
    with Server(tmp_path) as running:
        running.rest("anna", SAID[0])
        assert running.stop() == 0
    assert running.errors() == ""
    assert {file.name for file in (tmp_path / "state").iterdir()} == {"aftercheck.sqlite3", "aftercheck.key", "aftercheck.keys"}


def test_another_secret_stops_the_start_with_what_to_do(trained: None, tmp_path: Path) -> None:
    with Server(tmp_path) as running:
        running.rest("anna", "hello")
    place = f"sqlite:///{tmp_path}/state/aftercheck.sqlite3"
    refused = aftercheck("serve", "--port", "0", AFTERCHECK_STORE=place, AFTERCHECK_SECRET="another secret")
    assert refused.returncode == 1
    assert refused.stdout == b""
    assert refused.stderr.decode().startswith("AFTERCHECK_STORE was written with another key. Set AFTERCHECK_SECRET")
    with Server(tmp_path) as running:
        assert running.rest("anna", "hello")
