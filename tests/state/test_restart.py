"""The real server is killed in the middle of a conversation, and the next one goes on with it."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.state.keys import keys_of
from bot.state.ring import Ring
from bot.state.seal import Sealer, UnreadableError, key_in
from tests.serving import Server, aftercheck, request
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


def test_what_was_deleted_opens_in_no_copy_of_the_files(trained: None, tmp_path: Path) -> None:
    def states(folder: Path) -> list[bytes]:
        with closing(sqlite3.connect(folder / "aftercheck.sqlite3")) as store:
            return [state for (state,) in store.execute("SELECT state FROM aftercheck_conversations")]

    def opened(folder: Path, sealed: bytes) -> bytes:
        keys = keys_of(folder / "aftercheck.keys", Sealer(key_in(folder / "aftercheck.key")), locked=False)
        with closing(keys):
            return Ring(keys, None).open(sealed, "rest:anna")  # type: ignore[arg-type]

    before, after = tmp_path / "before", tmp_path / "after"
    with Server(tmp_path) as running:
        running.rest("anna", SAID[0])
        shutil.copytree(tmp_path / "state", before)
        running.rest("anna", "delete what I said")
        shutil.copytree(tmp_path / "state", after)
    (old,), (new,) = states(before), states(after)
    assert b"eyelid" in opened(before, old)
    assert b"eyelid" not in opened(after, new)
    with pytest.raises(UnreadableError):
        opened(after, old)


def test_the_key_is_rotated_between_two_servers_and_everything_goes_on(trained: None, server: Server, tmp_path: Path) -> None:
    place = f"sqlite:///{tmp_path}/state/aftercheck.sqlite3"
    expected = [server.rest(tmp_path.name, text) for text in SAID[:2]]
    with Server(tmp_path) as running:
        replies = [running.rest(tmp_path.name, SAID[0])]
        token = running.post("/webhooks/web/session", b"").json["token"]
        refused = aftercheck("store", "rotate", AFTERCHECK_STORE=place)
        assert (refused.returncode, refused.stdout, len(refused.stderr.splitlines())) == (1, b"", 1)
    rotated = aftercheck("store", "rotate", AFTERCHECK_STORE=place)
    assert (rotated.returncode, rotated.stderr) == (0, b"")
    with Server(tmp_path) as running:
        replies.append(running.rest(tmp_path.name, SAID[1]))
        entries = request(f"{running.url}/webhooks/web/entries", headers={"Authorization": f"Bearer {token}"})
        assert entries.status == 200
    assert replies == expected
